//! Outcomes, phases, kinds of row, classes of cause, trust, support channels and read status -> their names.

use super::{Text, text};
use crate::taxonomy::{Channel, Class, Kind, Outcome, Phase, Status, Trust};

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
        Kind::Neighbourhood => text("Neighbourhood", "前后日志"),
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

/// How sure a verdict is, for people.
#[must_use]
pub const fn sureness(trust: Trust) -> Text {
    match trust {
        Trust::None => text("not known", "未知"),
        Trust::Coincident => text("possible", "可能"),
        Trust::Implied => text("likely", "很可能"),
        Trust::Correlated => text("very likely", "极可能"),
        Trust::Stated => text("certain", "确定"),
    }
}

/// A step of a message's life, in plain words.
#[must_use]
pub const fn phase(phase: Phase) -> Text {
    match phase {
        Phase::Enqueue => text("handed over for sending", "进入发送队列"),
        Phase::Prepare => text("prepared", "准备发送"),
        Phase::Encrypt => text("encrypted", "加密"),
        Phase::Upload => text("attachment on its way", "上传附件"),
        Phase::Transmit => text("sent to the server", "发往服务器"),
        Phase::Wait => text("waiting", "等待"),
        Phase::Retry => text("a try failed, another will follow", "一次尝试失败，等待重试"),
        Phase::Ack => text("the server confirmed it", "服务器已确认"),
        Phase::Fail => text("failed", "失败"),
        Phase::Withdraw => text("deleted before it was sent", "发送前被删除"),
        Phase::Restore => text("taken up again after a restart", "重启后恢复发送"),
    }
}

/// A way to reach support. `{value}` is the number, address or link of the configuration.
#[must_use]
pub const fn channel(channel: Channel) -> Text {
    match channel {
        Channel::Phone => text("By phone: {value}.", "客服热线：{value}。"),
        Channel::Feedback => text("Send feedback in \"{value}\" and tick \"attach logs\".", "在“{value}”提交反馈并勾选附带日志。"),
        Channel::Social => text(
            "{value}: use direct messages; never post logs, phone numbers or codes.",
            "{value}：请私信，切勿公开日志、手机号或验证码。",
        ),
        Channel::Mail => text("By mail: {value}.", "邮件支持：{value}。"),
        Channel::Forum => text("User community: {value}.", "用户社区：{value}。"),
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
