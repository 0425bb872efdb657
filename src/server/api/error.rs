//! Problems (RFC 9457): one table of codes, and the form of an error's body.

use super::schema::Bilingual;
use crate::server::store::StoreError;
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
    /// The body is of a type that the address does not take.
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

/// What the table says of a code.
struct Row {
    name: &'static str,
    status: u16,
    zh: &'static str,
    en: &'static str,
    remedy: &'static str,
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

    /// The row of the table. The titles and the remedy are what clients read.
    fn row(self) -> Row {
        match self {
            Self::InvalidProfile => Row {
                name: "invalid_profile",
                status: 422,
                zh: "企业信息有误",
                en: "the profile has faults",
                remedy: "correct each place listed in `errors`",
            },
            Self::InvalidList => Row {
                name: "invalid_list",
                status: 422,
                zh: "名单有误",
                en: "the list cannot be screened as a whole",
                remedy: "see the columns and what is said of them",
            },
            Self::InvalidRules => Row {
                name: "invalid_rules",
                status: 422,
                zh: "规则有误",
                en: "the rules have faults; the old ones stay",
                remedy: "correct what is told; `export-advisor check` tells the same",
            },
            Self::NotJson => Row {
                name: "not_json",
                status: 400,
                zh: "不是有效的 JSON",
                en: "the body is not valid JSON",
                remedy: "send one JSON object",
            },
            Self::BadQuery => Row {
                name: "bad_query",
                status: 400,
                zh: "地址中的参数有误",
                en: "a query parameter cannot be read",
                remedy: "see the parameter's description",
            },
            Self::BadBody => Row {
                name: "bad_body",
                status: 400,
                zh: "请求内容读不出来",
                en: "the body could not be read",
                remedy: "send it again",
            },
            Self::NotABatch => Row {
                name: "not_a_batch",
                status: 422,
                zh: "不是一批企业信息",
                en: "the body is not a batch of profiles",
                remedy: "send an object with a list `profiles`",
            },
            Self::TooSlow => Row {
                name: "too_slow",
                status: 408,
                zh: "内容传送过慢",
                en: "the body took too long",
                remedy: "send it again, at once",
            },
            Self::TooLarge => Row {
                name: "too_large",
                status: 413,
                zh: "内容过大",
                en: "the body is too large",
                remedy: "a profile takes a few kilobytes",
            },
            Self::HeadTooLarge => Row {
                name: "head_too_large",
                status: 431,
                zh: "请求头过大",
                en: "the request's head is too large",
                remedy: "send fewer or shorter headers, and a shorter address",
            },
            Self::UnsupportedMediaType => Row {
                name: "unsupported_media_type",
                status: 415,
                zh: "内容类型不对",
                en: "the body is of a type that this address does not take",
                remedy: "see the types of its body in /openapi.json; of most addresses it is `Content-Type: application/json`",
            },
            Self::NotFound => Row {
                name: "not_found",
                status: 404,
                zh: "没有这个地址",
                en: "there is nothing under this address",
                remedy: "see /openapi.json",
            },
            Self::MethodNotAllowed => Row {
                name: "method_not_allowed",
                status: 405,
                zh: "这个地址不接受此方法",
                en: "the address does not take this method",
                remedy: "see the `Allow` header",
            },
            Self::UnknownRuleBook => Row {
                name: "unknown_rule_book",
                status: 404,
                zh: "没有保存过这个版本的规则集",
                en: "no rule book of this version was kept",
                remedy: "leave `rulebook` out, or take a version of `/api/v1/rulebooks`",
            },
            Self::NoShare => Row {
                name: "no_share",
                status: 404,
                zh: "这个分享链接打不开",
                en: "there is no share under this secret",
                remedy: "it was never there, has expired or was deleted: ask whoever sent it for a new one",
            },
            Self::NeedsKey => Row {
                name: "needs_key",
                status: 401,
                zh: "需要密钥",
                en: "this needs a key",
                remedy: "send `Authorization: Bearer …`; the operator of the service gives keys",
            },
            Self::BadKey => Row {
                name: "bad_key",
                status: 401,
                zh: "密钥无效",
                en: "the key is not valid",
                remedy: "check the key; it may have been revoked or replaced",
            },
            Self::LacksScope => Row {
                name: "lacks_scope",
                status: 403,
                zh: "密钥没有这项权限",
                en: "the key may not do this",
                remedy: "ask the operator of the service for a key with this scope",
            },
            Self::CrossSite => Row {
                name: "cross_site",
                status: 403,
                zh: "请求来自其他网站的页面",
                en: "a page of another site sent this form",
                remedy: "send it from a page of this service; a proxy in front must pass on `Host`",
            },
            Self::TooManyRequests => Row {
                name: "too_many_requests",
                status: 429,
                zh: "请求过于频繁",
                en: "too many requests",
                remedy: "wait as many seconds as `Retry-After` says; a key has a limit of its own",
            },
            Self::TooManyShares => Row {
                name: "too_many_shares",
                status: 429,
                zh: "今天生成的分享链接已达上限",
                en: "this key or address has made as many shares as it may make a day",
                remedy: "make it tomorrow (the day begins at midnight in China); a key has a limit of its own",
            },
            Self::Busy => Row {
                name: "busy",
                status: 503,
                zh: "正在处理的名单或比较已满",
                en: "as many lists, batches or comparisons are under way as the service takes at a time",
                remedy: "wait as many seconds as `Retry-After` says; single assessments go on",
            },
            Self::SharesFull => Row {
                name: "shares_full",
                status: 507,
                zh: "分享链接的存储空间已满",
                en: "as many shares are kept as the service keeps",
                remedy: "delete shares that are not needed, or try again when some have ended; the operator can raise `share_rows` or `share_bytes`",
            },
            Self::ReloadRunning => Row {
                name: "reload_running",
                status: 409,
                zh: "正在重新读取规则",
                en: "the rules are being read already",
                remedy: "wait until that has ended, then ask again: it may have begun before your last change",
            },
            Self::StoreUnavailable => Row {
                name: "store_unavailable",
                status: 503,
                zh: "存储暂时不可用",
                en: "the store does not answer",
                remedy: "try again in a minute; answers from the current rule book go on",
            },
            Self::Internal => Row {
                name: "internal",
                status: 500,
                zh: "服务出错",
                en: "the service failed",
                remedy: "try again later",
            },
        }
    }

    /// The name in JSON.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        self.row().name
    }

    /// The HTTP status.
    #[must_use]
    pub fn status(self) -> u16 {
        self.row().status
    }

    /// The title in Chinese and English.
    #[must_use]
    pub fn title(self) -> LocalizedText {
        let Row { zh, en, .. } = self.row();
        LocalizedText { zh: zh.to_owned(), en: en.to_owned() }
    }

    /// After how many seconds a client may try again; the guard replaces it where it knows the time better.
    #[must_use]
    pub fn retry_after(self) -> Option<&'static str> {
        match self {
            Self::Busy | Self::TooManyRequests => Some("5"),
            Self::StoreUnavailable => Some("30"),
            Self::TooManyShares | Self::SharesFull => Some("3600"),
            _ => None,
        }
    }

    /// What to do about it.
    #[must_use]
    pub fn remedy(self) -> &'static str {
        self.row().remedy
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
    /// What is wrong, in both languages; `title` has the English, as RFC 9457 wants it.
    pub titles: Bilingual,
    /// The Chinese of `titles`.
    #[schema(deprecated, examples("企业信息有误"))]
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
    /// What is wrong and what to write.
    pub message: Bilingual,
    /// The Chinese of `message`.
    #[schema(
        deprecated,
        examples("“从业人员”（employees）应填整数（不加引号）；不清楚的填 \"unknown\"。")
    )]
    pub message_zh: String,
    /// The English of `message`.
    #[schema(deprecated, examples("`employees` must be a whole number, without quotes"))]
    pub message_en: String,
}

impl Problem {
    /// A problem without listed faults.
    #[must_use]
    pub fn new(code: ProblemCode) -> Self {
        let title = code.title();
        Self {
            kind: format!("urn:export-advisor:problem:{}", code.as_str()),
            titles: (&title).into(),
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

    /// A store that failed; the reason stands in the log alone.
    #[must_use]
    pub fn of_store(error: &StoreError) -> Self {
        tracing::error!(%error, "the store failed");
        Self::new(ProblemCode::StoreUnavailable)
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
                    message: (&message).into(),
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
            // A slow client would go on sending the rest of its body.
            response.force_close();
        }
        if let Some(seconds) = self.code.retry_after() {
            response.insert_header((RETRY_AFTER, seconds));
        }
        response.content_type("application/problem+json").body(body)
    }
}
