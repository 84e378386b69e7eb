//! The sentences, headings and words of reports.
//!
//! `{name}` is a place that the report fills. Phrases that nothing uses fail a test.

use super::{Text, text};

macro_rules! phrases {
    ($($name:ident: $en:literal, $zh:literal;)+) => {
        /// A phrase of a report.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub enum Phrase { $(#[doc = $en] $name,)+ }

        impl Phrase {
            /// Every phrase.
            pub const ALL: &'static [Phrase] = &[$(Phrase::$name,)+];

            /// Its text.
            #[must_use]
            pub const fn text(self) -> Text {
                match self { $(Phrase::$name => text($en, $zh),)+ }
            }

            /// Its name in the source.
            #[cfg(test)]
            const fn name(self) -> &'static str {
                match self { $(Phrase::$name => stringify!($name),)+ }
            }
        }
    };
}

phrases! {
    Title: "Why messages were not sent", "消息未发送原因报告";
    WeeklyTitle: "Why messages were not sent in {week}", "{week} 消息未发送原因周报";
    WeekLine: "Week {week}, {first} to {last} ({zone}); {understood} of lines understood; rules {rules}; report {id}", "{week} 周，{first} 至 {last}（{zone}）；{understood} 的日志行已识别；规则 {rules}；报告 {id}";
    RedactionOff: "Redaction is off: this report holds text of the logs as it is. Do not pass it on.", "脱敏已关闭：本报告包含日志原文，请勿外传。";
    ListComma: ", ", "、";
    Stop: ".", "。";

    NoMessages: "No message was found in {bundles} uploads.", "在 {bundles} 份上传中未发现消息。";
    NothingJudged: "None of {attempted} messages has a known end: the logs end before an answer.", "{attempted} 条消息均无已知结果：日志在应答前已结束。";
    AllSent: "All {judged} messages with a known end were sent.", "有明确结果的 {judged} 条消息全部发送成功。";
    OneUnsent: "{unsent} of {attempted} messages was not sent: ", "{attempted} 条消息中有 {unsent} 条未发送：";
    SomeUnsent: "{unsent} of {attempted} messages were not sent: ", "{attempted} 条消息中有 {unsent} 条未发送：";
    Period: "{apps}; messages from {first} to {last} ({zone})", "{apps}；消息时间 {first} 至 {last}（{zone}）";
    Counted: "{bundles} uploads, {users} users", "{bundles} 份上传，{users} 名用户";
    CountedUploads: "{bundles} uploads; the logs name no user", "{bundles} 份上传；日志中没有用户标识";
    Selected: "Only: {selection}", "仅限：{selection}";
    UnsentRate: "Unsent rate: {rate} of {n} messages with a known end; 95 % interval in brackets.", "未发送率：{rate}，共 {n} 条有明确结果的消息；方括号内为 95 % 置信区间。";
    ClientRate: "A build can fix {k} of them: {rate} of {n} messages that reached no outside obstacle.", "其中 {k} 条可由新版本修复：{rate}，共 {n} 条未受外部因素影响的消息。";
    DelayedMeans: "Delayed means acknowledged more than {after} after it was queued.", "延迟指入队超过 {after} 后才得到确认。";
    Bias: "Uploaded logs over-represent users with failures; rates are of uploads, not of all users.", "上传日志者多为遇到问题的用户；比率只代表上传样本，不代表全部用户。";

    Messages: "Messages", "消息";
    Outcome: "Outcome", "结果";
    ShareOfMessages: "Share of messages", "占消息比例";
    WhyUnsent: "Why messages were not sent", "未发送的原因";
    Cause: "Cause", "原因";
    Unsent: "Not sent", "未发送";
    ShareOfUnsent: "Share of not sent", "占未发送比例";
    Users: "Users", "用户数";
    User: "user", "用户";
    BuildCanFix: "A build can fix", "新版本可修复";
    UpdateRefused: "Update the app: the server no longer accepts this version.", "请更新应用：服务器不再接受此版本。";
    WhatToDo: "What to do: {advice}", "建议：{advice}";

    ByVersion: "By version", "按版本";
    ByDevice: "By device", "按机型";
    ByNetwork: "By network", "按网络";
    By: "By {dimensions}", "按 {dimensions}";
    App: "App", "应用";
    System: "System", "系统";
    Version: "Version", "版本";
    Device: "Device", "机型";
    Network: "Network", "网络";
    Rate: "Unsent rate, %", "未发送率，%";
    Ratio: "Ratio", "比值";
    MainCause: "Main cause", "主要原因";
    MarkTitle: "Mark", "标记";
    MarkWorse: "▲ worse", "▲ 明显偏高";
    MarkWorseWith: "▲ worse with {others}", "▲ 与 {others} 组合时明显偏高";
    NotStated: "not stated", "日志未说明";
    TooLittle: "too little data", "数据太少";
    NoAcks: "no acknowledgements logged", "日志无确认记录";

    Delays: "Delays", "延迟";
    All: "all", "全部";
    Acknowledged: "Acknowledged", "已确认";
    Median: "Median", "中位数";
    P95: "95 % within", "95 % 以内";
    P99: "99 % within", "99 % 以内";
    Late: "Delayed", "延迟数";
    LateShare: "Delayed share, %", "延迟比例，%";
    LateBecause: "Delayed because of: {causes}", "延迟原因：{causes}";
    TimeWent: "Delayed messages spent in total: {parts}", "延迟消息耗时合计：{parts}";
    PartQueue: "queue", "排队";
    PartOffline: "without network", "无网络";
    PartEncrypt: "encrypting", "加密";
    PartUpload: "uploading", "上传";
    PartServer: "server", "服务端";

    Incidents: "Crashes, hangs and incompatibilities", "崩溃、无响应与不兼容";
    Kind: "Kind", "类别";
    Signature: "Signature", "特征";
    Count: "Count", "次数";
    MessagesLost: "Messages lost", "损失消息";
    Versions: "Versions", "版本";
    Devices: "Devices", "机型";
    AndMore: "{n} more", "另有 {n} 项";

    Quality: "Input quality", "输入质量";
    Uploads: "Uploads", "上传";
    FilesRead: "{bundles} uploads, {files} files read, {skipped} skipped by kind, {unreadable} unreadable, {bytes} of text", "{bundles} 份上传，读取 {files} 个文件，按类型跳过 {skipped} 个，无法读取 {unreadable} 个，文本共 {bytes}";
    LinesRead: "{lines} lines = {records} records + {continuations} continuations + {blank} blank + {unread} unread", "{lines} 行 = {records} 条记录 + {continuations} 行续行 + {blank} 行空行 + {unread} 行未识别";
    CautionFew: "Caution: {n} messages with a known end are too few for a rate ({min} are needed); counts hold, comparisons do not.", "注意：有明确结果的消息仅 {n} 条，不足以计算比率（至少 {min} 条）；计数可用，比较不可用。";
    CautionUnread: "Caution: {share} of lines are of no known form; see `whyunsent detect`.", "注意：{share} 的行格式未知，请查看 `whyunsent detect`。";
    CautionUnknown: "Caution: {share} of unsent messages have no cause in the log; a profile of this app may be missing.", "注意：{share} 的未发送消息在日志中没有原因，可能缺少该应用的规则。";
    CautionSilent: "Caution: no acknowledgement is logged by {apps}; what did not fail is pending and rates are not known.", "注意：{apps} 的日志没有确认记录；未失败的消息记为待定，比率未知。";
    CautionUnreadable: "Caution: files that could not be read: {n}; list them with `--problems FILE`.", "注意：{n} 个文件无法读取，可用 `--problems FILE` 列出。";
    CautionBundles: "{n} uploads stand in the input more than once and are counted once.", "{n} 份上传重复出现，只计一次。";
    CautionMessages: "{n} times a message stands in a further upload and is counted once.", "有 {n} 次同一消息出现在另一份上传中，只计一次。";
    CautionClock: "Caution: the log states no zone or year for {n} messages; set the zone with `--tz`.", "注意：{n} 条消息的日志未写明时区或年份，可用 `--tz` 指定时区。";
    CautionTimeless: "Caution: {n} messages have no calendar time; they have an order, but no day.", "注意：{n} 条消息没有日历时间，只有先后顺序。";
    CautionMissing: "Caution: {n} messages have no stated value for: {what}.", "注意：{n} 条消息的日志未说明：{what}。";

    UploadTitle: "Upload", "上传";
    MessageTitle: "Message {key}", "消息 {key}";
    ExplainTitle: "What happened in each upload", "各次上传中发生了什么";
    UploadsLeftOut: "{n} more uploads; name their paths to see them.", "另有 {n} 份上传，请直接指定路径查看。";
    StoryNoMessage: "The log shows no message that was sent or tried.", "日志中没有发送消息的记录。";
    StoryAllSent: "All {n} messages were sent in time.", "{n} 条消息全部按时发送成功。";
    StoryCounts: "Messages: {n}. Sent: {sent}; delayed: {delayed}; not sent: {unsent}; no known end: {pending}.", "共 {n} 条消息：已发送 {sent} 条，延迟 {delayed} 条，未发送 {unsent} 条，结果未知 {pending} 条。";
    StoryUser: "User", "用户";
    Named: "{name}: {value}", "{name}：{value}";
    Covered: "The log covers {first} to {last} ({zone}).", "日志时间 {first} 至 {last}（{zone}）。";
    OnlyOn: "Messages failed only on {bad} and went out on {good}: {bad} probably filters (proxy, firewall, sign-in page).", "仅在 {bad} 上失败，在 {good} 上发送成功：{bad} 疑被拦截（代理、防火墙、验证页）。";
    BeforeAndAfter: "Not sent before {at}: {k0} of {n0} messages; since then: {k1} of {n1}.", "{at} 之前未发送 {k0}/{n0} 条；之后 {k1}/{n1} 条。";
    StoryUnsent: "The message was not sent: {why}", "消息未发送：{why}";
    StoryDelayed: "The message was confirmed only after {took}: {why}", "消息在 {took} 后才确认：{why}";
    StoryDelayedUnknown: "The message was confirmed only after {took}; the log does not say why.", "消息在 {took} 后才确认，日志未说明原因。";
    StorySent: "The message was sent; the server confirmed it.", "消息已发送，服务器已确认。";
    StorySentIn: "The message was sent; the server confirmed it after {took}.", "消息已发送，服务器在 {took} 后确认。";
    StoryPending: "What became of the message is not known: the log ends before an answer.", "消息结果未知：日志在应答前已结束。";
    Message: "Message", "消息";
    Began: "Began", "开始时间";
    Tries: "Tries", "尝试次数";
    Took: "Took", "耗时";
    At: "Time", "时间";
    After: "After", "间隔";
    What: "What", "事件";
    Line: "Line", "行";
    StepsLeftOut: "… {n} more steps", "……另有 {n} 步";
    HowSure: "How sure", "可信度";
    Rivals: "Also possible or contributing", "其他可能或相关原因";
    ErrorCode: "Error code", "错误码";
    Waits: "The server asked to wait", "服务器要求等待";
    Until: "Until", "截止";
    WhereTimeWent: "Where the time went", "耗时分布";
    NetworkThen: "At {at} the device had: {state} ({network}).", "{at} 设备状态：{state}（{network}）。";
    LogShows: "What the log shows", "日志依据";
    LogOnlyShows: "These lines are all that the log says of it.", "日志中仅有以下相关记录。";
    First: "What to do, the cheapest first:", "建议（由易到难）：";
    KnownTitle: "Known issue", "已知问题";
    IncidentCount: "Incidents", "故障次数";
    KnownIssues: "Known issues", "已知问题";
    KnownSays: "What users may be told", "可告知用户";
    KnownIssue: "This is a known issue: {issue}", "该问题已有记录：{issue}";
    PrivacyPath: "See \"{path}\" for who may exchange messages with you.", "在“{path}”中查看谁可以与您互发消息。";
    RoundTrip: "Run a speed test; the log shows a round trip of about {rtt}.", "测速确认；日志显示往返时延约 {rtt}。";
    QuoteCode: "Contact support quoting {code}; repeated tries may prolong a limit.", "请附上错误码 {code} 联系支持，勿反复尝试。";
    WaitFor: "Wait {wait}, then try again.", "请等待 {wait} 后再试。";
    AppealUntil: "Appeal in the app if you disagree; the limit ends at {until}.", "限制至 {until}；如有异议，请在应用内申诉。";
    AllowNotifications: "Allow notifications and background activity in the system settings.", "请在系统设置中允许通知和后台活动。";
    BackUpFirst: "Back up first, then update; reinstall only as the last step.", "请先备份，再更新；重装为最后手段。";
    ReplyUnsent: "{n} messages were not sent: {why}", "{n} 条消息未发送：{why}";
    ReplyUnsentMostly: "{n} messages were not sent, {k} of them for this reason: {why}", "{n} 条消息未发送，其中 {k} 条的原因：{why}";
    ReplyIncident: "No message failed, but the log shows: {kind}.", "没有消息发送失败，但日志显示：{kind}。";
    ReplyAllWell: "The log shows no message that failed.", "日志中没有发送失败的消息。";
    ActionsLeftOut: "{n} reactions, edits and deletions are no messages and not counted.", "{n} 次回应、编辑和删除不是消息，未计入。";
    RowsLeftOut: "{n} more rows; `--top` shows them", "另有 {n} 行，可用 `--top` 显示";
    Ingested: "{uploads} uploads added, with {events} messages and incidents.", "已加入 {uploads} 份上传，含 {events} 条消息和故障。";
    IngestedKnown: "{known} were in the store already.", "{known} 份此前已在库中。";
    IngestedAnew: "{rejudged} were judged anew.", "{rejudged} 份已重新判定。";
    StoreWaits: "another run is writing to the store; waiting for it to end", "另一个任务正在写入该库，等待其结束";
    StoreZone: "the store keeps its weeks in {own}, not {given}: a new store would follow the zone given", "该库按 {own} 划分周，而非 {given}；新建的库才会采用所给时区";
    StoreWhole: "Every part is there as it was written, and all counts agree.", "所有分片完好，计数一致。";
    StoreCompacted: "One batch now holds what {n} held.", "{n} 个批次已合并为一个。";
    StoreIsOne: "The store is one batch already; nothing to do.", "该库已只有一个批次，无需处理。";
    StoreForgot: "Forgotten: {events} messages and incidents, {uploads} uploads.", "已遗忘：{events} 条消息和故障，{uploads} 份上传。";
    StoreNewest: "The store has the newest format ({format}); nothing to do.", "该库已是最新格式（{format}），无需处理。";
    StoreMade: "An empty store is ready in {store}.", "空库已建于 {store}。";
    CheckHolds: "All {n} thresholds hold.", "全部 {n} 项阈值均满足。";
    CheckBreached: "{name}{of}: {rate}, at least {low}; allowed {max}", "{name}{of}：{rate}，至少 {low}；允许 {max}";
    CheckTooLittle: "{name}{of}: too little data", "{name}{of}：数据太少";
    CheckPull: "{verdict} {app} {version}: {reason}", "{verdict} {app} {version}：{reason}（结论为英文）";
    CheckWorse: "vs {week}: the unsent rate rose by {points} points, at least {low}", "较 {week}：未发送率上升 {points} 点，至少 {low}";
    CheckCause: "{direction} {cause}: {n} messages, {last} in {week}", "{direction} {cause}：{n} 条，{week} 为 {last} 条";
    CheckNothingToCompare: "vs: there is no other week to compare with", "vs：没有可对比的周";
    DiffTitle: "{a} beside {b}", "{a} 与 {b} 对比";
    DiffRates: "Rates", "比率";
    DiffMeans: "The difference is the second less the first, with its 95 % interval, widened by how far messages of one user fail together. Nothing is adjusted for devices and networks: `versions` does that.", "差值为后者减前者，附 95 % 区间，已按同一用户消息同成同败的程度放宽。未按机型和网络校正，校正见 `versions`。";
    Contents: "Contents", "目录";
    Filter: "Filter the rows: words, all of which must occur", "筛选：输入词语，须全部出现";
    RowsInTable: "{n} rows", "共 {n} 行";
    ListedMessages: "Messages that were not sent ({n} of {all})", "未发送的消息（{n} / {all}）";
    ListedMeans: "Each with the lines that prove its cause. `whyunsent explain PATH… --message ID` tells its whole story.", "每条附有证明其原因的日志行。`whyunsent explain PATH… --message ID` 可查看完整经过。";
    MessageId: "Message", "消息";
    Time: "Time", "时间";
    NumbersOfChart: "The numbers of this chart", "图中数字";
    ChartHistory: "Unsent rate by week", "每周未发送率";
    ChartHistoryMeans: "Dots are rates, bars their 95 % intervals; a week with too little data has none", "圆点为比率，竖线为 95 % 区间；数据太少的周不绘制";
    ChartClasses: "Why messages were not sent, by class", "按类别的未发送原因";
    ChartClassesMeans: "Shares of all messages with a known end, side by side in the order of the letters", "占有明确结果消息的比例，按字母顺序并列";
    ChartVersions: "Versions against the others with the same mix", "各版本与其余版本的比值（相同构成）";
    ChartVersionsMeans: "Dots are adjusted ratios, lines their 95 % intervals on a logarithmic scale; right of 1 is worse, a triangle is a finding", "圆点为调整后比值，横线为 95 % 区间，对数刻度；1 右侧为更差，三角表示已证实";
    ChartDevices: "Unsent rate by device and network", "按机型与网络的未发送率";
    ChartDevicesMeans: "The darker, the higher; a dash is too little data", "颜色越深比率越高；横线表示数据太少";
    ChartDelays: "How long acknowledgements took", "确认所需时间";
    ChartDelaysMeans: "Messages by the time from queue to acknowledgement", "按入队到确认的时长统计消息数";
    Published: "published as revision {revision} of {week}", "已发布为 {week} 的第 {revision} 版";
    Verdicts: "What to do", "处理建议";
    LineNew: "NEW {cause}: {n} messages {who}, none last week; first in {version} → {id}", "新出现 {cause}：{n} 条消息（{who}），上周为零；首见于 {version} → {id}";
    LineWorse: "WORSE {cause}: {n} messages {who}, last week {last}; first in {version} → {id}", "恶化 {cause}：{n} 条消息（{who}），上周 {last} 条；首见于 {version} → {id}";
    OfUsers: "of {n} users", "{n} 名用户";
    InUploads: "in {n} uploads", "{n} 份上传";
    AlarmLine: "LASTING {cause}: above its level of past weeks for long, in small steps ({n} this week, {expected} usual, each user counted once).", "持续偏高 {cause}：较往周水平长期小幅偏高（本周 {n}，通常 {expected}，每名用户计一次）。";
    NothingThisWeek: "No version needs action and no cause is new or worse; a rise of the unsent rate by {points} points would have shown.", "没有版本需要处理，没有原因新增或恶化；未发送率上升 {points} 点即可被发现。";
    Budget: "Where the week stands", "本周情况";
    Measure: "Measure", "指标";
    MeasureUnsent: "Messages not sent (rate by messages)", "消息未发送（次数异常率）";
    MeasureClient: "Not sent, a build can fix", "未发送，新版本可修复";
    MeasureUsers: "Users with a message not sent (rate by users)", "有消息未发送的用户（用户异常率）";
    MeasureWithin1: "Sent within 1 s", "1 秒内送达";
    MeasureWithin3: "Sent within 3 s", "3 秒内送达";
    MeasureWithin5: "Sent within 5 s", "5 秒内送达";
    MeasurePerUserDay: "{kind} per user-day, {app}", "每用户日{kind}，{app}";
    ThisWeek: "This week", "本周";
    LastWeek: "Last week", "上周";
    Target: "Target", "目标";
    Critical: "Critical", "警戒线";
    ChangePoints: "Change, points", "变化（百分点）";
    Standing: "Stands", "状态";
    StandsFine: "✓ within target", "✓ 达标";
    StandsOver: "▲ over target", "▲ 超出目标";
    StandsCritical: "▲▲ over critical", "▲▲ 超出警戒线";
    NoTargets: "No targets are set: `[targets]` in whyunsent.toml, for example `unsent = \"2%\"` and `unsent-critical = \"4%\"`.", "未设目标：可在 whyunsent.toml 的 `[targets]` 中设置，如 `unsent = \"2%\"` 与 `unsent-critical = \"4%\"`。";
    NoLastWeek: "The store has no messages of the week before: nothing to compare with.", "库中没有上一周的消息，无法对比。";
    OtherRules: "The week before was judged by other rules: causes are not compared. `ingest --rejudge` judges it anew.", "上一周由不同版本的规则判定，不作原因对比；可用 `ingest --rejudge` 重新判定。";
    HistoryLine: "Unsent rate of {n} weeks: {drawn}  ({low} to {high})", "近 {n} 周未发送率：{drawn}（{low} 至 {high}）";
    Changes: "What changed since last week", "较上周的变化";
    ChangeHead: "Change", "变化";
    ChangeNew: "▲ new", "▲ 新增";
    ChangeWorse: "▲ worse", "▲ 恶化";
    ChangeBetter: "▼ better", "▼ 改善";
    ChangeGone: "▼ gone", "▼ 消失";
    ChangeNoise: "not beyond chance", "未超出偶然";
    NoChanges: "No cause changed beyond chance.", "没有原因的变化超出偶然。";
    NotBeyondChance: "Not distinguishable from chance: {causes}.", "与偶然波动无法区分：{causes}。";
    NewSlices: "Where failures concentrate more than last week:", "较上周失败更集中于：";
    FirstVersion: "First in", "首见版本";
    Evidence: "Evidence", "证据";
    UnknownTitle: "What no rule explains yet", "尚无规则解释的失败";
    NoUnknown: "Every failure has a cause.", "所有失败均有原因。";
    UnknownCommon: "{clustered} of {n} that were looked at have in common what stands near them and seldom near the {sent} sent messages beside them:", "已检查的 {n} 条中有 {clustered} 条附近出现了相同的日志，而旁边 {sent} 条已发送的消息附近很少出现：";
    UnknownRules: "`whyunsent unknowns --store DIR --suggest-rule` writes a rule for each.", "`whyunsent unknowns --store DIR --suggest-rule` 可为每一类生成规则。";
    UnknownTooFew: "Too little data to say what they have in common: {n} looked at beside {sent} sent messages; it takes {min}.", "数据不足，无法判断其共同点：已检查 {n} 条，旁边有 {sent} 条已发送的消息；至少需要 {min} 条。";
    UnknownNothingCommon: "Nothing stands near the {n} that were looked at more often than near the {sent} sent messages beside them.", "已检查的 {n} 条附近，没有比旁边 {sent} 条已发送的消息更常出现的日志。";
    UnknownLook: "`whyunsent unknowns` on the same logs says what they have in common.", "对同一批日志运行 `whyunsent unknowns` 可查看其共同点。";
    Template: "Kind of line", "日志类型";
    NearSent: "Near sent", "已发送附近";
    FirstSeen: "First seen", "首次出现";
    ClusterId: "Id", "编号";
    UnknownCount: "{n} of {all} messages not sent, of {users} users.", "{all} 条未发送消息中的 {n} 条，涉及 {users} 名用户。";
    UnknownCountAlone: "{n} of {all} messages not sent.", "{all} 条未发送消息中的 {n} 条。";
    Digest: "What support may answer", "客服参考答复";
    DigestMeans: "`whyunsent explain PATH… --reply en` writes the reply to one upload.", "`whyunsent explain PATH… --reply zh` 可为单份上传撰写答复。";
    AnswerEn: "In English", "英文";
    AnswerZh: "In Chinese", "中文";
    LastActions: "Last week's actions", "上周处理结果";
    NothingPublished: "No report of last week was published: `report --publish` keeps what was said, so that the next report can tell whether it helped.", "上周报告未发布：`report --publish` 会保存结论，以便下次报告核对成效。";
    NothingAsked: "Last week's report asked for nothing.", "上周报告没有处理建议。";
    ActionsMean: "Share: of the app's messages that a build could have sent. Excess: messages not sent beyond what the other versions would have had.", "占比：占该应用新版本可影响消息的比例。超额：超出其余版本应有数的未发送消息。";
    ShareThen: "Share then", "当时占比";
    ShareNow: "Share now", "目前占比";
    ExcessThen: "Excess then", "当时超额";
    ExcessNow: "Excess now", "目前超额";
    UnsentNow: "Not sent now", "目前未发送";
    NoMoreMessages: "none left", "已无消息";
    VersionsTitle: "Which versions to pull or update", "应撤回或更新的版本";
    VersionsOf: "Versions of {app}", "{app} 的版本";
    VersionsAll: "Versions", "版本";
    SlicesOf: "Where failures concentrate: {app}", "失败集中在哪里：{app}";
    SlicesAll: "Where failures concentrate", "失败集中在哪里";
    NoSlices: "No combination of version, device, network and the like fails clearly more than the rest.", "没有任何版本、机型、网络等的组合明显比其余更容易失败。";
    NoApp: "(app not stated)", "（未注明应用）";
    SilentApps: "Too few messages to compare versions or look for slices: {apps}.", "消息太少，无法比较版本或查找集中之处：{apps}。";
    HowToRead: "How to read this", "如何阅读";
    BiasSentence: "Uploaded logs over-represent users whose messages failed: ratios between versions hold, absolute rates are those of uploads.", "上传日志的多为发送失败的用户：版本之间的比值可信，绝对失败率仅代表上传样本。";
    ReachSentence: "Rates are those of uploads; \"of all users\" assumes that others of the version fare like those who uploaded.", "失败率为上传样本的；“全体用户”一列假定同版本其他用户与上传者情况相同。";
    HowCompared: "The adjusted ratio compares a version with what all others would have had with the same mix of device, network and the rest; brackets are 95 % intervals; the line shows them from a third to three, | is 1.", "调整后比值：与其余版本在相同机型、网络等构成下的应有失败数相比；方括号为 95 % 区间；线段范围为三分之一至三倍，| 为 1。";
    Scatter: "Messages of one user succeed or fail together: intervals are widened as if variance were {factor} times that of independent messages.", "同一用户的消息往往同成同败：区间已按独立消息方差的 {factor} 倍放宽。";
    ActionLine: "{action} {version}: fails {ratio} times as often as the others with the same mix, about {n} messages too many.", "{action} {version}：相同构成下失败为其余版本的 {ratio} 倍，约多失败 {n} 条。";
    ActionLineCause: "{action} {version}: fails {ratio} times as often as the others with the same mix, mostly {cause}, about {n} messages too many.", "{action} {version}：相同构成下失败为其余版本的 {ratio} 倍，主要为{cause}，约多失败 {n} 条。";
    ActionLineReason: "{action} {version}: {reason}", "{action} {version}：{reason}";
    IntroducedFixed: "Introduced in {first}, still in {last}, gone in {fixed}.", "自 {first} 引入，至 {last} 仍存在，{fixed} 起消失。";
    IntroducedOpen: "Introduced in {first}, and no later version is shown to be free of it.", "自 {first} 引入，尚无更新的版本证明已修复。";
    NothingToDo: "No version needs action; the smallest ratio that these data would have shown is {ratio}.", "没有版本需要处理；以现有数据可发现的最小比值为 {ratio}。";
    NothingToSay: "There is too little data to say anything of any version.", "数据太少，无法评价任何版本。";
    UpdateProven: "Update to {version}: shown to be hardly worse than the good versions.", "建议更新到 {version}：已证明不劣于良好版本。";
    UpdateNotProven: "Update to {version}: nothing speaks against it, though it is not proven.", "建议更新到 {version}：尚无不利证据，但未经证明。";
    UpdateStay: "No version can be named to update to: wait for a fix.", "没有可推荐的更新版本：请等待修复。";
    ForSegment: "For {segment}: {said}", "对于 {segment}：{said}";
    VerdictHead: "Verdict", "结论";
    EligibleAttempts: "Attempts", "次数";
    RateAllCauses: "All causes", "全部原因";
    CrudeRatio: "Crude", "原始比值";
    AdjustedRatio: "Adjusted ratio", "调整后比值";
    PlotHead: "⅓ … 3", "⅓ … 3";
    QValue: "q", "q 值";
    MainExcessCause: "Main excess", "主要超额原因";
    ExcessHead: "Excess", "超额";
    ExcessUsersHead: "Excess users", "超额影响用户";
    ReachHead: "Of all users", "全体用户";
    FixedIn: "Better in", "改善于";
    Remarks: "Remarks", "备注";
    WhereHead: "Where", "位置";
    ExpectedHead: "Expected", "应有";
    AliasHead: "Same as", "等同于";
    VerdictTooLittle: "too little data", "数据太少";
    VerdictConfounded: "confounded", "无法区分";
    VerdictRetire: "retire", "退役";
    VerdictDevice: "device-scoped", "限特定机型";
    VerdictPull: "PULL", "撤回";
    VerdictForce: "FORCE UPDATE", "强制更新";
    VerdictUpdate: "update", "建议更新";
    LeadUpdate: "Have users update from", "建议升级仍在使用的";
    LeadForce: "FORCE users to update from", "强制升级仍在使用的";
    VerdictWatch: "watch", "观察";
    VerdictOk: "ok", "正常";
    RemarkFewUsers: "few users", "用户少";
    RemarkUsersUnknown: "users unknown", "用户数未知";
    RemarkRolloutUnknown: "rollout unknown", "发布状态未知";
    RemarkUploads: "upload rates differ", "上传率差异大";
    RemarkNoEarlier: "no earlier version", "无更早版本";
    RemarkMix: "mix effect", "构成影响";
    RemarkCorruption: "new corruption", "新出现数据损坏";
    RemarkCrashes: "crashes", "崩溃偏多";
    RemarkHangs: "hangs", "无响应偏多";
    RemarkStands: "stands from last week", "沿用上周结论";
    ReasonStands: "The verdict of last week stands until the version is shown to be good.", "在该版本被证明良好之前，沿用上周结论。";
    ReasonCorruption: "Several users lost messages to broken encryption or storage, and none did in any earlier version.", "多名用户因加密或存储损坏丢失消息，而更早版本均未出现。";
    ReasonCrashes: "It crashes more often than the others and above the line of Google Play.", "崩溃多于其余版本，且高于 Google Play 阈值。";
    ReasonHangs: "It hangs more often than the others and above the line of Google Play.", "无响应多于其余版本，且高于 Google Play 阈值。";
    EmulatorsLeftOut: "{n} messages from emulators are left out of verdicts and slices; `--emulators include` takes them in.", "已从版本结论中排除 {n} 条模拟器消息；`--emulators include` 可计入。";
    LateTitle: "Where late messages concentrate", "延迟消息集中在哪里";
    StabilityTitle: "Crashes and hangs per user-day", "每用户日崩溃与无响应";
    StabilityMeans: "A user-day is a day on which a user's logs show the app in use; the line is the one of Google Play: 1.09 % crashes, 0.47 % hangs, 8 % of one phone model. A rate is above it when its whole interval is.", "用户日：日志显示用户使用该应用的一天；阈值取自 Google Play：崩溃 1.09 %、无响应 0.47 %、单一机型 8 %。整个区间高于阈值才算超出。";
    StabilityTooLittle: "Too few user-days for a rate: {apps}.", "用户日太少，无法给出比率：{apps}。";
    StabilityFound: "{what} ({app}): {kind} on {ratio} times as many days as the rest with the same mix.", "{what}（{app}）：相同构成下发生{kind}的天数为其余的 {ratio} 倍。";
    OfHead: "Of", "对象";
    UserDays: "User-days", "用户日";
    DaysHit: "With it", "发生天数";
    PerUserDay: "Per user-day", "每用户日";
    PlayLine: "Line", "阈值";
    AboveLine: "▲ above the line", "▲ 超出阈值";
    ReasonTooLittle: "too few to say anything (attempts: {n}, expected failures: {expected}).", "{n} 次尝试、应有 {expected} 次失败，尚不足以判断。";
    ReasonAlone: "there is nothing to compare it with (attempts: {n}).", "没有可比较的对象（{n} 次尝试）。";
    ReasonConfounded: "fails {ratio} times as often, but ran almost only on {with}, where the others did not.", "失败为 {ratio} 倍，但几乎只运行在 {with} 上，其余版本没有。";
    ReasonInSlice: "is bad in one of the slices below only; on the whole {ratio} times.", "仅在下列某一组合中偏差；整体为 {ratio} 倍。";
    ReasonBad: "fails {ratio} times as often as the others with the same mix.", "相同构成下失败为其余版本的 {ratio} 倍。";
    ReasonOk: "fails at most {high} times as often as the others.", "失败至多为其余版本的 {high} 倍。";
    ReasonNotProven: "fails {ratio} times as often; a ratio from {shown} on would have shown.", "失败为 {ratio} 倍；达到 {shown} 倍方可发现。";
}

impl Phrase {
    /// Whether a text is the same in every language but for letters that all share.
    #[cfg(test)]
    pub(super) fn is_symbol(text: Text) -> bool {
        text.en.chars().chain(text.zh.chars()).all(|c| !c.is_alphabetic())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::path::Path;

    #[test]
    fn every_phrase_is_used() {
        let mut source = String::new();
        read(&Path::new(env!("CARGO_MANIFEST_DIR")).join("src"), &mut source);
        for phrase in Phrase::ALL {
            let used = format!("Phrase::{}", phrase.name());
            let whole = |rest: &str| !rest.starts_with(|c: char| c.is_alphanumeric());
            assert!(source.split(&used).skip(1).any(whole), "{used} is not used");
        }
    }

    fn read(dir: &Path, source: &mut String) {
        for entry in std::fs::read_dir(dir).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                read(&path, source);
            } else if path.extension().is_some_and(|x| x == "rs") {
                source.push_str(&std::fs::read_to_string(&path).unwrap());
            }
        }
    }
}
