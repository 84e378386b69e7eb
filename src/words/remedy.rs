//! Cause and remedy -> the sentence that says what to do.

use super::{Text, text};
use crate::taxonomy::{Cause, Remedy};

/// What to do about a cause, as one sentence: the remedy's own, or what it means for this cause.
#[must_use]
pub const fn advice(cause: Cause, remedy: Remedy) -> Text {
    match (cause, remedy) {
        (Cause::AccountRecipientGone, Remedy::PeerAsk) => text("Contact the recipient another way.", "请用其他方式联系对方。"),
        (Cause::PermissionNotMember, Remedy::PermGroup) => {
            text("Ask the group's admin to add you or let you write.", "请群管理员将您加入或开放发言。")
        }
        (Cause::ContentTooLarge, Remedy::PermTest) => text("Make it smaller or split it, then send it again.", "压缩或拆分后重新发送。"),
        (Cause::ContentRejected, Remedy::PermTest) => text("Change the content and send it again.", "修改内容后重新发送。"),
        (Cause::ContentUnsupported, Remedy::PermTest) => text("Send it as another type of file.", "换一种类型发送。"),
        (Cause::NetworkOffline, Remedy::NetCheck) => {
            text("Check that airplane mode is off and a network is on.", "确认已关闭飞行模式并打开网络。")
        }
        (Cause::NetworkTls, Remedy::NetCheck) => text("Check that the device's date and time are right.", "确认设备日期和时间正确。"),
        (Cause::SoftwareOutdated, Remedy::AppUpdate) => text("Update the app.", "请更新应用。"),
        (_, remedy) => plain(remedy),
    }
}

const fn plain(remedy: Remedy) -> Text {
    match remedy {
        Remedy::NetCheck => text("Check that the device is connected and its clock is right.", "确认设备已联网且时间正确。"),
        Remedy::NetSwitch => text("Swap between Wi-Fi and mobile data, then resend.", "在 Wi-Fi 与移动数据之间切换后重发。"),
        Remedy::NetReconnect => text("Turn the connection off for a few seconds, then on.", "关闭网络几秒后再打开。"),
        Remedy::NetSpeed => text("Run a speed test to confirm a slow connection.", "测速确认网络是否缓慢。"),
        Remedy::NetIsp => text("Ask the provider whether there is an outage.", "询问运营商是否有故障。"),
        Remedy::NetOpen => text("Try a network without proxy, firewall or sign-in page.", "换到没有代理、防火墙或验证页的网络。"),
        Remedy::AcctCheck => text("Check the account's state in the app.", "在应用内核对账号状态。"),
        Remedy::AcctRelogin => text("Sign out and in once.", "退出后重新登录一次。"),
        Remedy::AcctAppeal => text("Appeal in the app if you disagree.", "如有异议，请在应用内申诉。"),
        Remedy::AcctSecure => text("Verify yourself and change the password.", "验证身份并修改密码。"),
        Remedy::AcctDevices => text("Review the devices that are signed in.", "检查已登录的设备。"),
        Remedy::PeerAsk => text("Contact the recipient another way and ask to be allowed.", "用其他方式联系对方，请对方放行。"),
        Remedy::PermSelf => text("See in the privacy settings who may exchange messages with you.", "在隐私设置中查看谁可以与您互发消息。"),
        Remedy::PermGroup => text("Ask the group's admin for the right to write.", "请群管理员恢复发言权限。"),
        Remedy::PermOs => text("Grant the permission in the system settings.", "在系统设置中授予权限。"),
        Remedy::PermTest => {
            text("Then send a test message; if it fails, export the log again.", "然后发送测试消息；仍失败请再次导出日志。")
        }
        Remedy::AppWait => text("A passing problem: wait a few minutes and try again.", "临时问题，请过几分钟再试。"),
        Remedy::AppRestart => {
            text("Close the app fully and reopen; queued messages are sent again.", "完全关闭应用后再打开，待发消息会重新发送。")
        }
        Remedy::AppUpdate => text("Update to the version in which the data show it clearly rarer.", "更新到数据显示该问题明显减少的版本。"),
        Remedy::AppReinstall => text("Back up first; reinstall only as the last step.", "请先备份；重装为最后手段。"),
        Remedy::OsUpdate => text("Upgrade the operating system.", "升级系统。"),
        Remedy::DevStorage => text("Free storage on the device.", "清理设备存储空间。"),
        Remedy::DevBackground => text("Allow background activity for the app in the system settings.", "在系统设置中允许应用后台活动。"),
        Remedy::HelpLog => text("Send feedback from the app and attach the log.", "在应用内提交反馈并附带日志。"),
        Remedy::HelpChannel => text("Contact support.", "联系支持。"),
    }
}
