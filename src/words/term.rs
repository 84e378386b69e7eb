//! Outcomes, kinds of row, classes of cause, trust and read status -> their names.

use super::{Text, text};
use crate::taxonomy::{Class, Kind, Outcome, Status, Trust};

/// The name of an outcome.
#[must_use]
pub const fn outcome(outcome: Outcome) -> Text {
    match outcome {
        Outcome::Sent => text("Sent", "已发送"),
        Outcome::Delayed => text("Delayed", "延迟"),
        Outcome::Unsent => text("Not sent", "未发送"),
        Outcome::Pending => text("Pending", "待定"),
    }
}

/// The name of a kind of row.
#[must_use]
pub const fn kind(kind: Kind) -> Text {
    match kind {
        Kind::Message => text("Message", "消息"),
        Kind::Action => text("Action", "操作"),
        Kind::Crash => text("Crash", "崩溃"),
        Kind::Anr => text("Not responding", "无响应"),
        Kind::Kill => text("Killed by the system", "被系统结束"),
        Kind::NotificationMissed => text("Missed notification", "通知缺失"),
        Kind::Incompatibility => text("Incompatible device", "设备不兼容"),
        Kind::FeatureMissing => text("Missing function", "功能缺失"),
        Kind::Upload => text("Upload", "上传"),
    }
}

/// The name of a class of causes.
#[must_use]
pub const fn class(class: Class) -> Text {
    match class {
        Class::Network => text("Network", "网络"),
        Class::Account => text("Account", "账号"),
        Class::Permission => text("Permission", "权限"),
        Class::Software => text("App", "应用"),
        Class::Service => text("Server", "服务端"),
        Class::Content => text("Content", "内容"),
        Class::Unknown => text("Unknown", "未知"),
    }
}

/// How a verdict is tied to its message, for people.
#[must_use]
pub const fn trust(trust: Trust) -> Text {
    match trust {
        Trust::None => text("no tie", "无依据"),
        Trust::Coincident => text("near in time", "时间相近"),
        Trust::Implied => text("a state that held then", "当时的状态"),
        Trust::Correlated => text("same message, job or thread", "同一消息、任务或线程"),
        Trust::Stated => text("the app says so", "应用明确记录"),
    }
}

/// How an upload was read.
#[must_use]
pub const fn status(status: Status) -> Text {
    match status {
        Status::Ok => text("read to its end", "完整读取"),
        Status::Partial => text("read with loss", "部分读取"),
        Status::Empty => text("empty", "空"),
        Status::Quarantined => text("set aside", "已隔离"),
        Status::Unsupported => text("unknown form", "格式未知"),
        Status::Unreadable => text("unreadable", "无法读取"),
        Status::Crashed => text("reader crashed", "读取进程崩溃"),
        Status::Timeout => text("took too long", "读取超时"),
    }
}
