//! Problems (RFC 9457): one table of codes, and the form of an error's body.

use actix_web::http::StatusCode;
use actix_web::http::header::{RETRY_AFTER, WWW_AUTHENTICATE};
use actix_web::{HttpResponse, ResponseError};
use export_advisor_core::facts::{Catalogue, Fault, LocalizedText, Suggestions};
use export_advisor_core::wording;
use serde::{Deserialize, Serialize};
use std::fmt;
use utoipa::ToSchema;

/// The codes of problems.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum ProblemCode {
    /// The profile has faults; each is listed.
    InvalidProfile,
    /// The list cannot be screened as a whole.
    InvalidList,
    /// The rules have faults.
    InvalidRules,
    /// The body is not JSON.
    NotJson,
    /// A query parameter cannot be read.
    BadQuery,
    /// The body is JSON, but no batch of profiles.
    NotABatch,
    /// The body could not be read to its end.
    BadBody,
    /// The body took too long.
    TooSlow,
    /// The body is larger than allowed.
    TooLarge,
    /// The head is larger than allowed.
    HeadTooLarge,
    /// The body is of another type than JSON.
    UnsupportedMediaType,
    /// There is nothing under this address.
    NotFound,
    /// The address does not take this method.
    MethodNotAllowed,
    /// No rule book of this version was kept.
    UnknownRuleBook,
    /// No share is to be had with this secret.
    NoShare,
    /// It needs a key, and none was sent.
    NeedsKey,
    /// The key is none of this service, or it was revoked.
    BadKey,
    /// The key lacks the scope for this.
    LacksScope,
    /// A page of another site sent a form.
    CrossSite,
    /// Too many requests came from this key or address.
    TooManyRequests,
    /// This key or address made as many shares as it may make a day.
    TooManyShares,
    /// As many lists and batches are under way as the service takes at a time.
    Busy,
    /// As many shares are kept as the service keeps.
    SharesFull,
    /// The rules are being read already.
    ReloadRunning,
    /// The store does not answer.
    StoreUnavailable,
    /// A fault of the service.
    Internal,
}

impl ProblemCode {
    /// All codes, in the order of the table.
    pub const ALL: [Self; 26] = [
        Self::InvalidProfile,
        Self::InvalidList,
        Self::InvalidRules,
        Self::NotJson,
        Self::BadQuery,
        Self::NotABatch,
        Self::BadBody,
        Self::TooSlow,
        Self::TooLarge,
        Self::HeadTooLarge,
        Self::UnsupportedMediaType,
        Self::NotFound,
        Self::MethodNotAllowed,
        Self::UnknownRuleBook,
        Self::NoShare,
        Self::NeedsKey,
        Self::BadKey,
        Self::LacksScope,
        Self::CrossSite,
        Self::TooManyRequests,
        Self::TooManyShares,
        Self::Busy,
        Self::SharesFull,
        Self::ReloadRunning,
        Self::StoreUnavailable,
        Self::Internal,
    ];

    /// Name, status, title in Chinese and English, and what to do.
    fn row(self) -> (&'static str, u16, &'static str, &'static str, &'static str) {
        match self {
            Self::InvalidProfile => (
                "invalid_profile",
                422,
                "企业信息有误",
                "the profile has faults",
                "correct each place listed in `errors`",
            ),
            Self::InvalidList => (
                "invalid_list",
                422,
                "名单有误",
                "the list cannot be screened as a whole",
                "see the columns and what is said of them",
            ),
            Self::InvalidRules => (
                "invalid_rules",
                422,
                "规则有误",
                "the rules have faults; the old ones stay",
                "correct what is told; `export-advisor check` tells the same",
            ),
            Self::NotJson => (
                "not_json",
                400,
                "不是有效的 JSON",
                "the body is not valid JSON",
                "send one JSON object",
            ),
            Self::BadQuery => (
                "bad_query",
                400,
                "地址中的参数有误",
                "a query parameter cannot be read",
                "see the parameter's description",
            ),
            Self::BadBody => {
                ("bad_body", 400, "请求内容没有收全", "the body could not be read", "send it again")
            }
            Self::NotABatch => (
                "not_a_batch",
                422,
                "不是一批企业信息",
                "the body is not a batch of profiles",
                "send an object with a list `profiles`",
            ),
            Self::TooSlow => (
                "too_slow",
                408,
                "内容传送过慢",
                "the body took too long",
                "send it again, at once",
            ),
            Self::TooLarge => (
                "too_large",
                413,
                "内容过大",
                "the body is too large",
                "a profile takes a few kilobytes",
            ),
            Self::HeadTooLarge => (
                "head_too_large",
                431,
                "请求头过大",
                "the request's head is too large",
                "send fewer or shorter headers, and a shorter address",
            ),
            Self::UnsupportedMediaType => (
                "unsupported_media_type",
                415,
                "内容类型不对",
                "the body is not JSON by its type",
                "send `Content-Type: application/json`",
            ),
            Self::NotFound => (
                "not_found",
                404,
                "没有这个地址",
                "there is nothing under this address",
                "see /openapi.json",
            ),
            Self::MethodNotAllowed => (
                "method_not_allowed",
                405,
                "这个地址不接受此方法",
                "the address does not take this method",
                "see the `Allow` header",
            ),
            Self::UnknownRuleBook => (
                "unknown_rule_book",
                404,
                "没有保存过这个版本的规则集",
                "no rule book of this version was kept",
                "leave `rulebook` out, or take the version from an answer of this service",
            ),
            Self::NoShare => (
                "no_share",
                404,
                "这个分享链接打不开",
                "there is no share under this secret",
                "it was never there, has expired or was deleted: ask whoever sent it for a new one",
            ),
            Self::NeedsKey => (
                "needs_key",
                401,
                "需要密钥",
                "this needs a key",
                "send `Authorization: Bearer …`; the operator of the service gives keys",
            ),
            Self::BadKey => (
                "bad_key",
                401,
                "密钥无效",
                "the key is not valid",
                "check the key; it may have been revoked or replaced",
            ),
            Self::LacksScope => (
                "lacks_scope",
                403,
                "密钥没有这项权限",
                "the key may not do this",
                "ask the operator of the service for a key with this scope",
            ),
            Self::CrossSite => (
                "cross_site",
                403,
                "请求来自其他网站的页面",
                "a page of another site sent this form",
                "send it from a page of this service; a proxy in front must pass on `Host`",
            ),
            Self::TooManyRequests => (
                "too_many_requests",
                429,
                "请求过于频繁",
                "too many requests",
                "wait as many seconds as `Retry-After` says; a key has a limit of its own",
            ),
            Self::TooManyShares => (
                "too_many_shares",
                429,
                "今天生成的分享链接已达上限",
                "this key or address has made as many shares as it may make a day",
                "make it tomorrow (the day begins at midnight in China); a key has a limit of its own",
            ),
            Self::Busy => (
                "busy",
                503,
                "正在处理的名单已满",
                "as many lists and batches are under way as the service takes at a time",
                "wait as many seconds as `Retry-After` says; single assessments go on",
            ),
            Self::SharesFull => (
                "shares_full",
                507,
                "分享链接的存储空间已满",
                "as many shares are kept as the service keeps",
                "delete shares that are not needed, or try again when some have ended; the operator can raise `share_rows` or `share_bytes`",
            ),
            Self::ReloadRunning => (
                "reload_running",
                409,
                "正在重新读取规则",
                "the rules are being read already",
                "wait until that has ended, then ask again: it may have begun before your last change",
            ),
            Self::StoreUnavailable => (
                "store_unavailable",
                503,
                "存储暂时不可用",
                "the store does not answer",
                "try again in a minute; answers from the current rule book go on",
            ),
            Self::Internal => {
                ("internal", 500, "服务出错", "the service failed", "try again later")
            }
        }
    }

    /// The name in JSON.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        self.row().0
    }

    /// The HTTP status.
    #[must_use]
    pub fn status(self) -> u16 {
        self.row().1
    }

    /// The title in Chinese and English.
    #[must_use]
    pub fn title(self) -> LocalizedText {
        let (_, _, zh, en, _) = self.row();
        LocalizedText { zh: zh.to_owned(), en: en.to_owned() }
    }

    /// What to do about it.
    #[must_use]
    pub fn remedy(self) -> &'static str {
        self.row().4
    }
}

/// The body of an error (RFC 9457, `application/problem+json`).
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct Problem {
    /// A URI that names the kind of problem.
    #[serde(rename = "type")]
    #[schema(examples("urn:export-advisor:problem:invalid_profile"))]
    pub kind: String,
    /// What is wrong, in English.
    #[schema(examples("the profile has faults"))]
    pub title: String,
    /// What is wrong, in Chinese.
    #[schema(examples("企业信息有误"))]
    pub title_zh: String,
    /// The HTTP status.
    #[schema(examples(422))]
    pub status: u16,
    /// The stable code.
    #[schema(examples("invalid_profile"))]
    pub code: ProblemCode,
    /// What to do about it.
    #[schema(examples("correct each place listed in `errors`"))]
    pub detail: String,
    /// Every fault, with its place.
    #[schema(examples(json!([])))]
    pub errors: Vec<ProblemFault>,
}

/// One fault of a body.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct ProblemFault {
    /// A JSON pointer to the place.
    #[schema(examples("/employees"))]
    pub pointer: String,
    /// The stable code of the fault.
    #[schema(examples("wrong_type"))]
    pub code: String,
    /// The fact that it is about, if the place names one.
    #[schema(examples("employees"))]
    pub fact: Option<String>,
    /// What is wrong and what to write, in Chinese.
    #[schema(examples("“从业人员”（employees）应填整数（不加引号）；不清楚的填 \"unknown\"。"))]
    pub message_zh: String,
    /// What is wrong and what to write, in English.
    #[schema(examples("`employees` must be a whole number, without quotes"))]
    pub message_en: String,
}

impl Problem {
    /// A problem without listed faults.
    #[must_use]
    pub fn new(code: ProblemCode) -> Self {
        let title = code.title();
        Self {
            kind: format!("urn:export-advisor:problem:{}", code.as_str()),
            title: title.en,
            title_zh: title.zh,
            status: code.status(),
            code,
            detail: code.remedy().to_owned(),
            errors: Vec::new(),
        }
    }

    /// The same problem with a detail of its own.
    #[must_use]
    pub fn with(mut self, detail: impl Into<String>) -> Self {
        self.detail = detail.into();
        self
    }

    /// A body that has more bytes than its route takes.
    #[must_use]
    pub fn too_large(limit: usize) -> Self {
        let detail = format!("the body may have {limit} bytes, also when it is decompressed");
        Self::new(ProblemCode::TooLarge).with(detail)
    }

    /// The faults of a profile, with the suggestions of the request.
    #[must_use]
    pub fn of_profile(
        catalogue: &Catalogue,
        faults: &[Fault],
        suggestions: &mut Suggestions<'_>,
    ) -> Self {
        use export_advisor_core::facts::FaultKind;
        let form = faults.iter().any(|f| matches!(f.kind, FaultKind::NotJson { .. }));
        let mut problem =
            Self::new(if form { ProblemCode::NotJson } else { ProblemCode::InvalidProfile });
        problem.errors = faults
            .iter()
            .map(|fault| {
                let message = wording::fault(catalogue, fault, suggestions.of(fault));
                ProblemFault {
                    pointer: fault.pointer.clone(),
                    code: wording::fault_code(&fault.kind).to_owned(),
                    fact: fault.fact.map(|id| catalogue.fact(id).name.clone()),
                    message_zh: message.zh,
                    message_en: message.en,
                }
            })
            .collect();
        problem
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.title)
    }
}

impl ResponseError for Problem {
    fn status_code(&self) -> StatusCode {
        StatusCode::from_u16(self.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR)
    }

    fn error_response(&self) -> HttpResponse {
        let body = serde_json::to_string(self).unwrap_or_default();
        let mut response = HttpResponse::build(self.status_code());
        if self.status == 401 {
            response.insert_header((WWW_AUTHENTICATE, "Bearer realm=\"export-advisor\""));
        }
        if self.code == ProblemCode::TooSlow {
            // The rest of its body would go on dripping.
            response.force_close();
        }
        let seconds = match self.code {
            // A limit of requests knows the time better, and says it.
            ProblemCode::Busy | ProblemCode::TooManyRequests => Some("5"),
            ProblemCode::StoreUnavailable => Some("30"),
            ProblemCode::TooManyShares | ProblemCode::SharesFull => Some("3600"),
            _ => None,
        };
        if let Some(seconds) = seconds {
            response.insert_header((RETRY_AFTER, seconds));
        }
        response.content_type("application/problem+json").body(body)
    }
}
