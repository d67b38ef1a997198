"""Keys and tokens with a published format: the prefix, length and alphabet that each provider documents.

One row a kind. Every match contains one of the signs. The secret is the group ``s`` if there is one, else the whole
match.
"""

from __future__ import annotations

from typing import Final

_URL: Final = rb"[A-Za-z0-9_-]"
_ALNUM: Final = rb"[A-Za-z0-9]"
_HEX: Final = rb"[0-9a-f]"
_CRYPT: Final = rb"[A-Za-z0-9./]"
_CRYPT_HASH: Final = (
    rb"\$(?:2[aby]\$\d\d\$" + _CRYPT + rb"{53}|(?:apr1|1)\$" + _CRYPT + rb"{1,8}\$" + _CRYPT + rb"{22}"
    rb"|[56]\$(?:rounds=\d{1,9}\$)?" + _CRYPT + rb"{1,16}\$" + _CRYPT + rb"{43,86}"
    rb"|y\$" + _CRYPT + rb"{1,10}\$" + _CRYPT + rb"{1,86}\$" + _CRYPT + rb"{43}"
    rb"|argon2(?:id|i|d)\$(?:v=\d{1,3}\$)?m=\d{1,9},t=\d{1,9},p=\d{1,4}\$[A-Za-z0-9+/]{8,90}\$[A-Za-z0-9+/]{20,180})"
)
"""As crypt(5) and the argon2 command write them."""
_FRAMEWORKS_HASH: Final = (
    rb"(?:pbkdf2_sha\d{1,3}\$\d{1,9}|(?:pbkdf2:sha\d{1,3}:\d{1,9}|scrypt(?::\d{1,9}){3}))"
    rb"\$[A-Za-z0-9./+=_-]{1,90}\$(?:[0-9a-f]{40,128}|[A-Za-z0-9+/]{40,90}={0,2})"
)
"""As Django and Werkzeug write them."""
_UUID: Final = rb"[0-9a-f]{8}-[0-9a-f-]{27}"

PROVIDER_LOOKS: Final[tuple[tuple[str, tuple[bytes, ...], bytes], ...]] = (
    # ---- clouds
    ("aws-access-key-id", (b"AKIA", b"ASIA", b"ABIA", b"ACCA"), rb"A(?:KIA|SIA|BIA|CCA)[A-Z2-7]{16}"),
    ("aws-bedrock-key", (b"ABSK", b"bedrock-api-key-"), rb"(?:ABSK|bedrock-api-key-)[A-Za-z0-9+/]{60,}={0,2}"),
    ("google-api-key", (b"AIza",), rb"AIza" + _URL + rb"{35}"),
    ("google-client-secret", (b"GOCSPX-",), rb"GOCSPX-" + _URL + rb"{28}"),
    ("google-access-token", (b"ya29.",), rb"ya29\.[A-Za-z0-9_.-]{30,}"),
    ("google-refresh-token", (b"1//0",), rb"1//0" + _URL + rb"{40,}"),
    ("azure-client-secret", (b"8Q~", b"7Q~"), _ALNUM + rb"{3}[78]Q~[A-Za-z0-9_.~-]{31,34}"),
    (
        "teams-webhook",
        (b"/IncomingWebhook/",),
        rb"/webhookb2/[0-9a-f@-]{36,80}/IncomingWebhook/(?P<s>" + _HEX + rb"{32}/" + _UUID + rb"(?:/[\w-]{1,60})?)",
    ),
    ("digitalocean-token", (b"dop_v1_", b"doo_v1_", b"dor_v1_"), rb"do[opr]_v1_" + _HEX + rb"{64}"),
    ("databricks-token", (b"dapi",), rb"dapi" + _HEX + rb"{32}(?:-\d)?"),
    ("heroku-key", (b"HRKU-",), rb"HRKU-[A-Za-z0-9_-]{36,}"),
    ("fly-token", (b"fm1", b"fm2_", b"fo1_"), rb"(?:fm1[ar]_|fm2_|fo1_)[A-Za-z0-9+/_-]{40,}={0,3}"),
    ("netlify-token", (b"nfp_",), rb"nfp_" + _ALNUM + rb"{36,}"),
    ("supabase-key", (b"sbp_", b"sb_secret_"), rb"(?:sbp_" + _HEX + rb"{40}|sb_secret_" + _URL + rb"{20,})"),
    ("planetscale-token", (b"pscale_",), rb"pscale_(?:tkn|pw|oauth)_[A-Za-z0-9_.=-]{32,64}"),
    ("tailscale-key", (b"tskey-",), rb"tskey-[a-z]{1,12}-[A-Za-z0-9]{5,}-[A-Za-z0-9]{16,}"),
    ("terraform-token", (b".atlasv1.",), _ALNUM + rb"{14}\.atlasv1\." + _URL + rb"{60,70}"),
    ("vault-token", (b"hvs.", b"hvb.", b"hvr."), rb"hv[sbr]\." + _URL + rb"{24,300}"),
    ("doppler-token", (b"dp.",), rb"dp\.(?:pt|ct|st|sa|scim|audit)\.[A-Za-z0-9_.-]{40,60}"),
    ("pulumi-token", (b"pul-",), rb"pul-" + _HEX + rb"{40}"),
    ("alibaba-key-id", (b"LTAI",), rb"LTAI" + _ALNUM + rb"{20}"),
    (
        "cloudflare-key",
        (b"v1.0-", b"cfut_", b"cfat_"),
        rb"(?:v1\.0-[0-9a-f]{24}-[0-9a-f]{146}|cf[ua]t_" + _ALNUM + rb"{40,})",
    ),
    # ---- code
    ("github-token", (b"ghp_", b"gho_", b"ghu_", b"ghs_", b"ghr_"), rb"gh[pousr]_" + _ALNUM + rb"{36,255}"),
    ("github-token", (b"github_pat_",), rb"github_pat_[A-Za-z0-9_]{60,250}"),
    (
        "gitlab-token",
        (b"glpat-", b"gldt-", b"glrt-", b"glcbt-", b"glptt-", b"glsoat-", b"glft-", b"glagent-"),
        rb"gl(?:pat|dt|rt|cbt|ptt|soat|ft|agent)-[A-Za-z0-9_.-]{20,}",
    ),
    ("npm-token", (b"npm_",), rb"npm_" + _ALNUM + rb"{36}"),
    ("pypi-token", (b"pypi-AgE",), rb"pypi-AgE" + _URL + rb"{50,}"),
    ("rubygems-key", (b"rubygems_",), rb"rubygems_" + _HEX + rb"{48}"),
    ("docker-token", (b"dckr_pat_", b"dckr_oat_"), rb"dckr_[po]at_" + _URL + rb"{27,}"),
    ("clojars-token", (b"CLOJARS_",), rb"CLOJARS_[a-z0-9]{60}"),
    ("bitbucket-token", (b"ATBB",), rb"ATBB[A-Za-z0-9]{28,}"),
    ("atlassian-token", (b"ATATT3", b"ATCTT3"), rb"AT[AC]TT3[A-Za-z0-9_=-]{60,}"),
    ("sourcegraph-token", (b"sgp_",), rb"sgp_(?:[a-z0-9]{1,16}_)?" + _HEX + rb"{40}"),
    ("buildkite-token", (b"bkua_",), rb"bkua_" + _HEX + rb"{40}"),
    ("postman-key", (b"PMAK-",), rb"PMAK-" + _HEX + rb"{24}-" + _HEX + rb"{34}"),
    ("age-key", (b"AGE-SECRET-KEY-1",), rb"AGE-SECRET-KEY-1[0-9A-Z]{58}"),
    # ---- messaging
    ("slack-token", (b"xox", b"xapp-"), rb"(?:xox[abeoprsd](?:\.xox[bp])?|xapp)-[A-Za-z0-9-]{20,}"),
    # Secrets in paths. A cassette has the path of a request alone, and the host elsewhere.
    (
        "slack-webhook",
        (b"/services/T", b"/workflows/T", b"/triggers/T"),
        rb"/(?:services|workflows|triggers)/(?P<s>T[A-Z0-9]{5,16}/[A-Z0-9]{6,20}/[A-Za-z0-9_/-]{12,})",
    ),
    (
        "discord-webhook",
        (b"/webhooks/", b"/interactions/"),
        rb"/(?:webhooks|interactions)/\d{15,20}/(?P<s>[\w-]{50,})",
    ),
    ("mattermost-webhook", (b"/hooks/",), rb"/hooks/(?P<s>[a-z0-9]{26})(?![\w-])"),
    ("home-assistant-webhook", (b"/api/webhook/",), rb"/api/webhook/(?P<s>[\w-]{20,})"),
    (
        "discord-token",  # begins with base64 of the digits of an id
        (b"MT", b"MD", b"Mj", b"Mz", b"NT", b"ND", b"Nj", b"Nz", b"OT", b"OD"),
        rb"[MNO][DTjz][A-Za-z0-9_-]{22,26}\.[A-Za-z0-9_-]{6}\.[A-Za-z0-9_-]{27,45}",
    ),
    # A Bot API path has "bot" directly before the token. A server of one's own may have tokens of other lengths.
    ("telegram-path", (b"/bot",), rb"/bot(?P<s>\d{3,12}:[\w-]{16,64})(?=/)"),
    ("telegram-token", (b":AA",), rb"(?:bot)?(?P<s>\d{8,10}:AA" + _URL + rb"{32,34})"),
    ("twilio-key", (b"SK",), rb"SK" + _HEX + rb"{32}"),
    ("sendgrid-key", (b"SG.",), rb"SG\." + _URL + rb"{22}\." + _URL + rb"{43}"),
    ("mailgun-key", (b"key-",), rb"key-" + _HEX + rb"{32}"),
    (
        "mailchimp-key",
        (b"-us1", b"-us2", b"-us3", b"-us4", b"-us5", b"-us6", b"-us7", b"-us8", b"-us9"),
        _HEX + rb"{32}-us\d{1,2}",
    ),
    ("brevo-key", (b"xkeysib-", b"xsmtpsib-"), rb"x(?:key|smtp)sib-" + _HEX + rb"{64}-" + _ALNUM + rb"{16}"),
    ("resend-key", (b"re_",), rb"re_[A-Za-z0-9]{8}_[A-Za-z0-9]{24}"),
    # ---- payment and shops
    ("stripe-key", (b"k_live_", b"k_test_"), rb"[rs]k_(?:live|test)_" + _ALNUM + rb"{16,}"),
    ("stripe-webhook-secret", (b"whsec_",), rb"whsec_[A-Za-z0-9+/=]{24,}"),
    ("shopify-token", (b"shpat_", b"shpss_", b"shpca_", b"shppa_"), rb"shp(?:at|ss|ca|pa)_[0-9a-fA-F]{32}"),
    ("square-token", (b"sq0", b"EAAA"), rb"(?:sq0(?:atp|csp|idp)-[A-Za-z0-9_-]{22,43}|EAAA[A-Za-z0-9_-]{60})"),
    (
        "plaid-token",
        (b"access-sandbox-", b"access-production-"),
        rb"access-(?:sandbox|development|production)-" + _UUID,
    ),
    (
        "braintree-token",
        (b"access_token$",),
        rb"access_token\$(?:sandbox|production)\$[a-z0-9]{16}\$" + _HEX + rb"{32}",
    ),
    ("facebook-token", (b"EAA",), rb"EAA[A-Za-z0-9]{80,}"),
    # ---- models
    ("anthropic-key", (b"sk-ant-",), rb"sk-ant-[a-z]{2,8}\d\d-" + _URL + rb"{60,120}"),
    ("openrouter-key", (b"sk-or-",), rb"sk-or-v\d-" + _HEX + rb"{64}"),
    (
        "openai-key",
        (b"sk-",),
        rb"sk-(?!ant-|or-)(?:(?:proj|svcacct|admin|None)-[A-Za-z0-9_-]{40,200}|[A-Za-z0-9]{32,64})",
    ),
    ("huggingface-token", (b"hf_", b"api_org_"), rb"(?:hf|api_org)_[A-Za-z0-9]{34}"),
    ("replicate-token", (b"r8_",), rb"r8_" + _ALNUM + rb"{37}"),
    ("groq-key", (b"gsk_",), rb"gsk_" + _ALNUM + rb"{52}"),
    ("xai-key", (b"xai-",), rb"xai-" + _ALNUM + rb"{70,}"),
    ("perplexity-key", (b"pplx-",), rb"pplx-" + _ALNUM + rb"{40,}"),
    ("nvidia-key", (b"nvapi-",), rb"nvapi-" + _URL + rb"{60,70}"),
    ("langsmith-key", (b"lsv2_",), rb"lsv2_[ps][tk]_" + _HEX + rb"{32}_" + _HEX + rb"{10}"),
    ("pinecone-key", (b"pcsk_",), rb"pcsk_[A-Za-z0-9_]{40,}"),
    ("tavily-key", (b"tvly-",), rb"tvly-(?:dev-|prod-)?" + _ALNUM + rb"{30,}"),
    # ---- work
    ("linear-key", (b"lin_",), rb"lin_(?:api|oauth)_" + _ALNUM + rb"{40,64}"),
    ("notion-token", (b"ntn_", b"secret_"), rb"(?:ntn_\d{11}" + _ALNUM + rb"{35}|secret_" + _ALNUM + rb"{43})"),
    ("figma-token", (b"figd_", b"figu_"), rb"fig[du]_" + _URL + rb"{40,}"),
    ("airtable-token", (b"pat",), rb"pat" + _ALNUM + rb"{14}\." + _HEX + rb"{64}"),
    ("dropbox-token", (b"sl.",), rb"sl\.(?:u\.)?" + _URL + rb"{130,}"),
    (
        "grafana-token",
        (b"glsa_", b"glc_"),
        rb"(?:glsa_" + _ALNUM + rb"{32}_" + _HEX + rb"{8}|glc_[A-Za-z0-9+/]{50,}={0,2})",
    ),
    ("new-relic-key", (b"NRAK-", b"NRII-", b"NRJS-"), rb"NR(?:AK|II|JS)-[A-Za-z0-9_-]{19,32}"),
    ("sentry-token", (b"sntrys_", b"sntryu_"), rb"sntry[su]_[A-Za-z0-9+/=_-]{64,}"),
    ("dynatrace-token", (b"dt0c01.", b"dt0s"), rb"dt0[cs]\d\d\.[A-Z0-9]{24}\.[A-Z0-9]{64}"),
    ("posthog-key", (b"phx_",), rb"phx_" + _ALNUM + rb"{40,}"),
    ("shippo-token", (b"shippo_",), rb"shippo_(?:live|test)_" + _HEX + rb"{40}"),
    ("typeform-token", (b"tfp_",), rb"tfp_[A-Za-z0-9_]{40,}"),
    ("contentful-token", (b"CFPAT-",), rb"CFPAT-" + _URL + rb"{43}"),
    ("1password-token", (b"ops_ey",), rb"ops_ey[A-Za-z0-9_-]{60,}"),
    # ---- password hashes: whoever has one can try passwords
    ("password-hash", (b"$2a$", b"$2b$", b"$2y$", b"$apr1$", b"$1$", b"$5$", b"$6$", b"$y$", b"$argon2"), _CRYPT_HASH),
    ("password-hash", (b"pbkdf2", b"scrypt:"), _FRAMEWORKS_HASH),
    ("mapbox-token", (b"sk.ey",), rb"sk\.ey[\w-]{40,}\.[\w-]{20,}"),
)
"""Label, signs, expression."""

STRICT_EDGE: Final = frozenset(
    {
        "twilio-key",
        "mailgun-key",
        "mailchimp-key",
        "discord-token",
        "airtable-token",
        "alibaba-key-id",
        "dropbox-token",
        "resend-key",
        "doppler-token",
        "aws-access-key-id",
        "facebook-token",
    }
)
"""Kinds with so common a prefix that they match only at the beginning of a word; hyphens belong to words."""
