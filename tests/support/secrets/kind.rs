//! The kinds of secret, and what is true of each whatever its value.

/// A kind of what must not leave. Each has a generator in `shape`.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Debug)]
pub enum Kind {
    PhoneE164,
    PhoneCn,
    Email,
    Ipv4,
    Ipv6,
    Mac,
    Jid,
    MatrixUser,
    MatrixRoom,
    Uuid,
    Authorization,
    Jwt,
    ApiToken,
    RawKey,
    Cookie,
    Password,
    Imei,
    ResidentId,
    BankCard,
    Coordinates,
    Ssid,
    PrivateHost,
    MessageText,
    FileName,
    UserDirectory,
    ImUser,
    Iban,
    /// Beyond the list of the requirement: IMSI, ICCID, Android id, serial.
    DeviceId,
    /// Beyond the list of the requirement: names of people in fields for them.
    PersonName,
}

impl Kind {
    pub const ALL: [Self; 29] = [
        Self::PhoneE164,
        Self::PhoneCn,
        Self::Email,
        Self::Ipv4,
        Self::Ipv6,
        Self::Mac,
        Self::Jid,
        Self::MatrixUser,
        Self::MatrixRoom,
        Self::Uuid,
        Self::Authorization,
        Self::Jwt,
        Self::ApiToken,
        Self::RawKey,
        Self::Cookie,
        Self::Password,
        Self::Imei,
        Self::ResidentId,
        Self::BankCard,
        Self::Coordinates,
        Self::Ssid,
        Self::PrivateHost,
        Self::MessageText,
        Self::FileName,
        Self::UserDirectory,
        Self::ImUser,
        Self::Iban,
        Self::DeviceId,
        Self::PersonName,
    ];

    /// Whether the value is told by its own shape; else only by the words around it.
    pub fn tells_itself(self) -> bool {
        use Kind::*;
        !matches!(
            self,
            ApiToken
                | Cookie
                | Password
                | Coordinates
                | Ssid
                | PrivateHost
                | MessageText
                | FileName
                | UserDirectory
                | ImUser
                | DeviceId
                | PersonName
                | Authorization
        )
    }

    /// Whether the value is one run of letters and digits, so that it can stand in a name or without delimiters.
    pub fn is_plain(self) -> bool {
        use Kind::*;
        matches!(self, Uuid | RawKey | Imei | ResidentId | BankCard | Iban | PhoneCn | ImUser | DeviceId)
    }

    /// Keys under which logs hold it, in the spellings of several platforms.
    pub fn keys(self) -> &'static [&'static str] {
        use Kind::*;
        match self {
            PhoneE164 | PhoneCn => &["phone", "mobile", "phoneNumber", "tel", "e164", "callee"],
            Email => &["email", "mail", "userEmail", "login"],
            Ipv4 | Ipv6 => &["ip", "addr", "remoteAddr", "client_ip", "localAddr", "dns"],
            Mac => &["mac", "bssid", "hwaddr", "BSSID"],
            Jid => &["jid", "from", "to", "counterpart"],
            MatrixUser => &["user_id", "sender", "mxid"],
            MatrixRoom => &["room_id", "roomId", "room"],
            Uuid => &["uuid", "aci", "account", "accountId", "uid"],
            Authorization => &["Authorization", "authorization", "Proxy-Authorization"],
            Jwt => &["jwt", "id_token", "token", "assertion"],
            ApiToken => &["access_token", "api_key", "sig", "userSig", "secret", "apiKey", "refreshToken", "sign"],
            RawKey => &["key", "sessionKey", "digest", "checksum", "profileKey"],
            Cookie => &["Cookie", "cookie", "Set-Cookie"],
            Password => &["password", "passwd", "pwd", "passphrase", "Password"],
            Imei => &["imei", "IMEI", "deviceId"],
            ResidentId => &["idcard", "idNo", "id_card", "certNo"],
            BankCard => &["card", "cardNo", "pan", "bank_card"],
            Coordinates => &["location", "latlng", "coordinates", "position"],
            Ssid => &["ssid", "SSID", "wifiName"],
            PrivateHost => &["host", "server", "proxy", "hostname"],
            MessageText => &["text", "body", "content", "msgContent"],
            FileName => &["path", "fileName", "file", "sourcePath", "name"],
            UserDirectory => &["dir", "dataDir", "path", "cwd"],
            ImUser => &["sendID", "recvID", "userID", "groupID", "fromUserId", "toUserID"],
            Iban => &["iban", "account", "IBAN"],
            DeviceId => &["imsi", "iccid", "android_id", "serial", "idfa", "oaid"],
            PersonName => &["nickname", "senderNickname", "displayName", "contactName", "real_name"],
        }
    }

    /// What a Chinese client calls it.
    pub fn chinese(self) -> &'static str {
        use Kind::*;
        match self {
            PhoneE164 | PhoneCn => "手机号",
            Email => "邮箱",
            Ipv4 | Ipv6 => "地址",
            Mac => "物理地址",
            Jid | MatrixUser | ImUser | Uuid => "用户",
            MatrixRoom => "房间",
            Authorization | Jwt | ApiToken => "令牌",
            RawKey => "密钥",
            Cookie => "会话",
            Password => "密码",
            Imei | DeviceId => "设备号",
            ResidentId => "身份证号",
            BankCard | Iban => "银行卡号",
            Coordinates => "位置",
            Ssid => "网络名称",
            PrivateHost => "主机",
            MessageText => "消息内容",
            FileName => "文件名",
            UserDirectory => "目录",
            PersonName => "昵称",
        }
    }
}
