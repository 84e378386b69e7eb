//! Cause -> its label and the one line that says what it means.

use super::{Text, text};
use crate::taxonomy::Cause;

/// The label of a cause.
#[must_use]
pub const fn label(cause: Cause) -> Text {
    match cause {
        Cause::NetworkOffline => text("No network", "无网络"),
        Cause::NetworkWeak => text("Unstable network", "网络不稳定"),
        Cause::NetworkTimeout => text("Timed out", "连接超时"),
        Cause::NetworkDns => text("Name lookup failed", "域名解析失败"),
        Cause::NetworkTls => text("Secure connection failed", "安全连接失败"),
        Cause::NetworkBlocked => text("Blocked on this network", "网络被拦截"),
        Cause::AccountSignedOut => text("Signed out", "登录已失效"),
        Cause::AccountDisabledPolicy => text("Disabled: terms", "违规停用"),
        Cause::AccountDisabledSecurity => text("Security lock", "安全锁定"),
        Cause::AccountDisabledComplaint => text("Disabled: reports", "投诉停用"),
        Cause::AccountDeviceConflict => text("Device conflict", "多设备冲突"),
        Cause::AccountDeleted => text("Account deleted", "账号已注销"),
        Cause::AccountRecipientGone => text("Recipient gone", "对方账号不存在"),
        Cause::PermissionRecipientBlocked => text("Not accepted by recipient", "对方不接收"),
        Cause::PermissionNotAllowed => text("Not on the allow list", "未在允许范围"),
        Cause::PermissionNotMember => text("Not a member", "非群成员或无发言权"),
        Cause::PermissionMuted => text("Muted", "已被禁言"),
        Cause::PermissionOsDenied => text("OS permission denied", "系统权限未授予"),
        Cause::SoftwareCrash => text("App crashed", "应用崩溃"),
        Cause::SoftwareUnresponsive => text("App not responding", "应用无响应"),
        Cause::SoftwareKilled => text("Killed by the system", "被系统结束"),
        Cause::SoftwareIncompatible => text("Incompatible device", "设备不兼容"),
        Cause::SoftwareOutdated => text("Version too old", "版本过旧"),
        Cause::SoftwareStorage => text("Storage problem", "存储异常或已满"),
        Cause::SoftwareCrypto => text("Encryption session failed", "加密会话失败"),
        Cause::SoftwareStuck => text("Send queue stuck", "发送队列卡住"),
        Cause::SoftwareBug => text("App error", "应用内部错误"),
        Cause::ServiceError => text("Server fault", "服务器异常"),
        Cause::ServiceRateLimited => text("Rate limited", "请求过于频繁"),
        Cause::ServiceRejected => text("Refused by server", "服务器拒绝"),
        Cause::ContentTooLarge => text("Too large", "内容过大"),
        Cause::ContentRejected => text("Content refused", "内容未通过审核"),
        Cause::ContentUnsupported => text("Type not supported", "类型不支持"),
        Cause::Unknown => text("Unknown", "原因未知"),
    }
}

/// What a cause means, in one line.
#[must_use]
pub const fn meaning(cause: Cause) -> Text {
    match cause {
        Cause::NetworkOffline => text("The device had no connection at all while sending.", "发送时设备没有任何网络连接。"),
        Cause::NetworkWeak => text("The connection kept dropping or was poor while sending.", "发送时连接时断时续或信号很差。"),
        Cause::NetworkTimeout => {
            text("Connected, but no answer came in time; the log does not say why.", "已连接，但未及时得到应答，日志未说明原因。")
        }
        Cause::NetworkDns => text("The server's name did not resolve although a link was up.", "网络已连接，但服务器域名无法解析。"),
        Cause::NetworkTls => {
            text("No secure connection: certificate, interception or a wrong device clock.", "无法建立安全连接：证书、拦截或设备时间有误。")
        }
        Cause::NetworkBlocked => text(
            "This network refused or filtered the connection (firewall, proxy, sign-in page).",
            "当前网络拒绝或过滤了连接（防火墙、代理或验证页）。",
        ),
        Cause::AccountSignedOut => text("The sign-in had expired or was revoked.", "登录已过期或被撤销。"),
        Cause::AccountDisabledPolicy => {
            text("The account is disabled, for breaking the terms or with no reason given.", "账号因违反条款被停用，或未说明原因。")
        }
        Cause::AccountDisabledSecurity => text("The account is locked after an unusual sign-in.", "检测到异常登录，账号被锁定。"),
        Cause::AccountDisabledComplaint => text("The account is restricted after reports by others.", "账号因他人投诉被限制。"),
        Cause::AccountDeviceConflict => {
            text("The account signed in elsewhere and this device was signed off.", "账号在另一设备登录，本机已下线。")
        }
        Cause::AccountDeleted => text("The sender's own account has been cancelled.", "发送方账号已注销。"),
        Cause::AccountRecipientGone => text("The recipient's account does not exist any more.", "对方账号已不存在。"),
        Cause::PermissionRecipientBlocked => text("The recipient's settings do not accept these messages.", "对方的设置不接收这些消息。"),
        Cause::PermissionNotAllowed => text("The sender is outside the list of who may write.", "发送方不在允许联系的范围内。"),
        Cause::PermissionNotMember => text("The sender is not in the group or may not write there.", "发送方不在群内或无发言权。"),
        Cause::PermissionMuted => text("The sender is muted for now.", "发送方当前被禁言。"),
        Cause::PermissionOsDenied => text("The operating system refused what sending needs.", "系统未授予发送所需的权限。"),
        Cause::SoftwareCrash => text("The app crashed between queueing and acknowledgement.", "应用在发送途中崩溃。"),
        Cause::SoftwareUnresponsive => text("The app hung while the message was on its way.", "应用在发送途中无响应。"),
        Cause::SoftwareKilled => text("The system ended the app before the server answered.", "服务器应答前应用被系统结束。"),
        Cause::SoftwareIncompatible => text("The device or system lacks something this version needs.", "设备或系统缺少此版本所需的功能。"),
        Cause::SoftwareOutdated => text("The server no longer accepts this version.", "服务器不再接受此版本。"),
        Cause::SoftwareStorage => text("The local database or storage failed or was full.", "本地数据库或存储出错或已满。"),
        Cause::SoftwareCrypto => text("The end-to-end encryption session failed.", "端到端加密会话失败。"),
        Cause::SoftwareStuck => text("The message waited in a queue that did not move.", "消息停在不再前进的发送队列中。"),
        Cause::SoftwareBug => text("The app failed in its own code while sending.", "应用自身代码在发送时出错。"),
        Cause::ServiceError => text("The server answered with a fault.", "服务器返回故障。"),
        Cause::ServiceRateLimited => text("Too many requests; the server asked to wait.", "请求过于频繁，服务器要求等待。"),
        Cause::ServiceRejected => text("The server refused the request for another reason.", "服务器因其他原因拒绝了请求。"),
        Cause::ContentTooLarge => text("The message or attachment is larger than allowed.", "消息或附件超过允许的大小。"),
        Cause::ContentRejected => text("The content did not pass the server's checks.", "内容未通过服务器审核。"),
        Cause::ContentUnsupported => text("This type of message or media is not supported.", "不支持此类消息或媒体。"),
        Cause::Unknown => text("Nothing in the log says why.", "日志没有说明原因。"),
    }
}
