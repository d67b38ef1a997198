"""Kinds of secrets, each made at run time from what its provider says of it in public: prefix, length, alphabet.

Nothing here is taken from the redactor, and no secret is written down: a scanner finds none in this file.
"""

import base64
import json
import random
import string
from collections.abc import Callable
from dataclasses import dataclass

DIGITS, UPPER, LOWER = string.digits, string.ascii_uppercase, string.ascii_lowercase
ALNUM = UPPER + LOWER + DIGITS
URLSAFE = ALNUM + "-_"
HEX = DIGITS + "abcdef"
BASE32 = UPPER + "234567"
BASE36 = LOWER + DIGITS


@dataclass(frozen=True)
class Kind:
    """One kind of secret.

    Attributes:
        label: What the redactor's rule for it is called.
        name: The name it stands under; empty if its look alone gives it away.
        make: A new one.
        core: What must not survive; by default the secret as a whole.
    """

    label: str
    make: Callable[[random.Random], str]
    name: str = ""
    core: Callable[[str], str] = lambda secret: secret


def chars(alphabet: str, size: int) -> Callable[[random.Random], str]:
    def make(rng: random.Random) -> str:
        while True:
            made = "".join(rng.choices(alphabet, k=size))
            # Real ones are checked by nobody for this; a chance word without digits is no fair test.
            if alphabet.isalpha() or size < 8 or any(each.isdigit() for each in made):
                return made

    return make


def shape(*parts: str | tuple[str, int]) -> Callable[[random.Random], str]:
    """Literal parts, and (alphabet, size)."""
    return lambda rng: "".join(part if isinstance(part, str) else chars(*part)(rng) for part in parts)


def uuid(rng: random.Random) -> str:
    made = chars(HEX, 32)(rng)
    return f"{made[:8]}-{made[8:12]}-4{made[13:16]}-a{made[17:20]}-{made[20:]}"


def encoded(value: object) -> str:
    return base64.urlsafe_b64encode(json.dumps(value).encode()).rstrip(b"=").decode()


def jwt(rng: random.Random) -> str:
    claims = {"iss": "https://issuer.test", "jti": chars(ALNUM, 20)(rng), "exp": 1900000000}
    return f"{encoded({'alg': 'HS256', 'typ': 'JWT'})}.{encoded(claims)}.{chars(URLSAFE, 43)(rng)}"


def jwe(rng: random.Random) -> str:
    parts = [chars(URLSAFE, size)(rng) for size in (64, 16, 90, 22)]
    return ".".join([encoded({"alg": "RSA-OAEP", "enc": "A256GCM"}), *parts])


def pem(what: str) -> Callable[[random.Random], str]:
    def make(rng: random.Random) -> str:
        lines = "\n".join(chars(ALNUM + "+/", 64)(rng) for _ in range(6))
        return f"-----BEGIN {what}-----\n{lines}\n{chars(ALNUM, 30)(rng)}==\n-----END {what}-----"

    return make


def luhn(digits: str) -> str:
    total = 0
    for index, digit in enumerate(reversed(digits)):
        doubled = int(digit) * (2 if index % 2 == 0 else 1)
        total += doubled - 9 if doubled > 9 else doubled
    return digits + str(-total % 10)


def card(rng: random.Random) -> str:
    beginning, size = rng.choice([("4", 16), ("51", 16), ("55", 16), ("34", 15), ("37", 15), ("6011", 16)])
    return luhn(beginning + chars(DIGITS, size - 1 - len(beginning))(rng))


def iban(rng: random.Random) -> str:
    country, bban = rng.choice(
        [
            ("DE", chars(DIGITS, 18)(rng)),
            ("GB", chars(UPPER, 4)(rng) + chars(DIGITS, 14)(rng)),
            ("FR", chars(DIGITS, 10)(rng) + chars(UPPER + DIGITS, 11)(rng) + chars(DIGITS, 2)(rng)),
            ("NL", chars(UPPER, 4)(rng) + chars(DIGITS, 10)(rng)),
        ]
    )
    number = int("".join(str(int(each, 36)) for each in bban + country + "00"))
    return f"{country}{98 - number % 97:02}{bban}"


def url_password(rng: random.Random) -> str:
    return f"postgres://app:{chars(ALNUM, 20)(rng)}@db.internal:5432/main"


def password(rng: random.Random) -> str:
    return chars(LOWER, 5)(rng) + chars(DIGITS, 3)(rng) + chars("!_~.", 2)(rng) + chars(UPPER, 4)(rng)


def after(mark: str, until: str = "") -> Callable[[str], str]:
    def core(secret: str) -> str:
        rest = secret.partition(mark)[2]
        return rest.partition(until)[0] if until else rest

    return core


def s3_url(rng: random.Random) -> str:
    return (
        f"https://bucket.s3.amazonaws.com/a.txt?X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Date=20260101T000000Z"
        f"&X-Amz-Expires=3600&X-Amz-SignedHeaders=host&X-Amz-Signature={chars(HEX, 64)(rng)}"
    )


def gcs_url(rng: random.Random) -> str:
    return (
        f"https://storage.googleapis.com/bucket/a.txt?X-Goog-Algorithm=GOOG4-RSA-SHA256&X-Goog-Expires=900"
        f"&X-Goog-SignedHeaders=host&X-Goog-Signature={chars(HEX, 128)(rng)}"
    )


def cloudfront_url(rng: random.Random) -> str:
    return (
        f"https://d111111abcdef8.cloudfront.net/a.txt?Expires=1900000000&Signature={chars(ALNUM + '-~', 120)(rng)}__"
        f"&Key-Pair-Id=K2JCJMDEHXQW5F"
    )


def azure_url(rng: random.Random) -> str:
    signature = chars(ALNUM, 43)(rng)
    return f"https://account.blob.core.windows.net/c/a.txt?sv=2024-05-04&se=2030-01-01&sr=b&sp=r&sig={signature}%3D"


LOOKS = [
    Kind("aws-access-key-id", shape("AKIA", (BASE32, 16))),
    Kind("github-token", shape("ghp_", (ALNUM, 36))),
    Kind("github-token", shape("github_pat_", (ALNUM, 22), "_", (ALNUM, 59))),
    Kind("gitlab-token", shape("glpat-", (URLSAFE, 20))),
    Kind("slack-token", shape("xoxb-", (DIGITS, 12), "-", (DIGITS, 13), "-", (ALNUM, 24))),
    Kind("slack-token", shape("xapp-1-A", (UPPER + DIGITS, 10), "-", (DIGITS, 13), "-", (HEX, 64))),
    Kind(
        "slack-webhook",
        shape("https://hooks.slack.com/services/T", (UPPER, 8), "/B", (UPPER, 8), "/", (ALNUM, 24)),
        core=lambda secret: secret.rpartition("/")[2],
    ),
    Kind(
        "discord-webhook",
        shape("https://discord.com/api/webhooks/", (DIGITS, 18), "/", (URLSAFE, 68)),
        core=lambda secret: secret.rpartition("/")[2],
    ),
    Kind("discord-token", shape("MT", (ALNUM, 24), ".", (URLSAFE, 6), ".", (URLSAFE, 38))),
    Kind("stripe-key", shape("sk_live_", (ALNUM, 24))),
    Kind("stripe-key", shape("rk_test_", (ALNUM, 99))),
    Kind("stripe-webhook-secret", shape("whsec_", (ALNUM, 32))),
    Kind("openai-key", shape("sk-proj-", (URLSAFE, 74), "T3BlbkFJ", (URLSAFE, 74))),
    Kind("openai-key", shape("sk-", (ALNUM, 20), "T3BlbkFJ", (ALNUM, 20))),
    Kind("anthropic-key", shape("sk-ant-api03-", (URLSAFE, 93), "AA")),
    Kind("openrouter-key", shape("sk-or-v1-", (HEX, 64))),
    Kind("google-api-key", shape("AIza", (URLSAFE, 35))),
    Kind("google-client-secret", shape("GOCSPX-", (URLSAFE, 28))),
    Kind("google-access-token", shape("ya29.", (URLSAFE, 120))),
    Kind("password-hash", shape("$2b$12$", (ALNUM + "./", 53))),
    Kind("password-hash", shape("$apr1$", (ALNUM, 8), "$", (ALNUM + "./", 22))),
    Kind("password-hash", shape("$6$rounds=5000$", (ALNUM, 16), "$", (ALNUM + "./", 86))),
    Kind("password-hash", shape("$y$j9T$", (ALNUM, 22), "$", (ALNUM + "./", 43))),
    Kind("password-hash", shape("$argon2id$v=19$m=65536,t=3,p=4$", (ALNUM, 22), "$", (ALNUM + "+/", 43))),
    Kind("password-hash", shape("pbkdf2_sha256$600000$", (ALNUM, 22), "$", (ALNUM + "+/", 43), "=")),
    Kind("password-hash", shape("scrypt:32768:8:1$", (ALNUM, 16), "$", (HEX, 128))),
    Kind("npm-token", shape("npm_", (ALNUM, 36))),
    Kind("pypi-token", shape("pypi-AgEIcHlwaS5vcmc", (URLSAFE, 100))),
    Kind("sendgrid-key", shape("SG.", (URLSAFE, 22), ".", (URLSAFE, 43))),
    Kind("telegram-token", shape((DIGITS, 10), ":AA", (URLSAFE, 33))),
    Kind("twilio-key", shape("SK", (HEX, 32))),
    Kind("mailchimp-key", shape((HEX, 32), "-us14")),
    Kind("mailgun-key", shape("key-", (HEX, 32))),
    Kind("shopify-token", shape("shpat_", (HEX, 32))),
    Kind("square-token", shape("sq0csp-", (URLSAFE, 43))),
    Kind("huggingface-token", shape("hf_", (ALNUM, 34))),
    Kind("replicate-token", shape("r8_", (ALNUM, 37))),
    Kind("groq-key", shape("gsk_", (ALNUM, 52))),
    Kind("xai-key", shape("xai-", (ALNUM, 80))),
    Kind("perplexity-key", shape("pplx-", (ALNUM, 48))),
    Kind("digitalocean-token", shape("dop_v1_", (HEX, 64))),
    Kind("databricks-token", shape("dapi", (HEX, 32))),
    Kind("linear-key", shape("lin_api_", (ALNUM, 40))),
    Kind("notion-token", shape("ntn_", (DIGITS, 11), (ALNUM, 35))),
    Kind("atlassian-token", shape("ATATT3xFfGF0", (URLSAFE, 160), "=", (HEX.upper(), 8))),
    Kind("figma-token", shape("figd_", (URLSAFE, 40))),
    Kind("airtable-token", shape("pat", (ALNUM, 14), ".", (HEX, 64))),
    Kind("vault-token", shape("hvs.", (URLSAFE, 92))),
    Kind("doppler-token", shape("dp.pt.", (ALNUM, 43))),
    Kind("planetscale-token", shape("pscale_tkn_", (URLSAFE, 43))),
    Kind("supabase-key", shape("sbp_", (HEX, 40))),
    Kind("netlify-token", shape("nfp_", (ALNUM, 36))),
    Kind("grafana-token", shape("glsa_", (ALNUM, 32), "_", (HEX, 8))),
    Kind("new-relic-key", shape("NRAK-", (UPPER + DIGITS, 27))),
    Kind("sentry-token", shape("sntryu_", (HEX, 64))),
    Kind("postman-key", shape("PMAK-", (HEX, 24), "-", (HEX, 34))),
    Kind("rubygems-key", shape("rubygems_", (HEX, 48))),
    Kind("docker-token", shape("dckr_pat_", (URLSAFE, 27))),
    Kind("azure-client-secret", shape((ALNUM, 3), "8Q~", (ALNUM + "-_.~", 33), "a")),
    Kind("dropbox-token", shape("sl.u.", (URLSAFE, 140))),
    Kind("tailscale-key", shape("tskey-auth-k", (ALNUM, 10), "CNTRL-", (ALNUM, 32))),
    Kind("pulumi-token", shape("pul-", (HEX, 40))),
    Kind("age-key", shape("AGE-SECRET-KEY-1", ("QPZRY9X8GF2TVDW0S3JN54KHCE6MUA7L", 58))),
    Kind("terraform-token", shape((ALNUM, 14), ".atlasv1.", (URLSAFE, 67))),
    Kind(
        "teams-webhook",
        lambda rng: (
            f"https://contoso.webhook.office.com/webhookb2/{uuid(rng)}@{uuid(rng)}/IncomingWebhook/"
            f"{chars(HEX, 32)(rng)}/{uuid(rng)}"
        ),
        core=after("/IncomingWebhook/"),
    ),
    Kind("pem", pem("RSA PRIVATE KEY"), core=lambda secret: secret.split("\n")[2]),
    Kind("pem", pem("OPENSSH PRIVATE KEY"), core=lambda secret: secret.split("\n")[3]),
    Kind("jwt", jwt, core=lambda secret: secret.rpartition(".")[2]),
    Kind("jwe", jwe, core=lambda secret: secret.rpartition(".")[2]),
    Kind("password", url_password, core=after("app:", "@")),
    Kind("signature", s3_url, core=after("X-Amz-Signature=")),
    Kind("signature", gcs_url, core=after("X-Goog-Signature=")),
    Kind("signature", cloudfront_url, core=after("&Signature=", "__")),
    Kind("sig", azure_url, core=after("sig=", "%3D")),
    Kind("card", card),
    Kind("iban", iban),
]
"""Found wherever they stand."""

NAMED = [
    Kind("key", chars(HEX, 32), "X-Api-Key"),
    Kind("key", chars(ALNUM, 40), "apikey"),
    Kind("key", chars(HEX, 32), "Ocp-Apim-Subscription-Key"),
    Kind("key", chars(ALNUM + "/+", 40), "aws_secret_access_key"),
    Kind("key", chars(ALNUM + "+/", 44), "privateKey"),
    Kind("token", chars(URLSAFE, 43), "accessToken"),
    Kind("token", chars(ALNUM, 20), "PRIVATE-TOKEN"),
    Kind("token", chars(ALNUM, 24), "session_token"),
    Kind("token", uuid, "X-Auth-Token"),
    Kind("token", chars(HEX, 40), "csrfToken"),
    Kind("token", chars(ALNUM + "/+=", 200), "X-Amz-Security-Token"),
    Kind("secret", chars(URLSAFE, 32), "client_secret"),
    Kind("secret", chars(ALNUM, 16), "x-hasura-admin-secret"),
    Kind("signature", chars(HEX, 64), "X-Signature"),
    Kind("credential", chars(ALNUM, 30), "userCredential"),
    Kind("password", password, "password"),
    Kind("password", password, "newPassword"),
    Kind("passphrase", lambda rng: "-".join(chars(LOWER, 6)(rng) for _ in range(5)), "passphrase"),
    Kind("pwd", password, "pwd"),
    Kind("session", chars(BASE36, 26), "user_session"),
    Kind("csrf", chars(ALNUM, 32), "_csrf"),
    Kind("otp", chars(DIGITS + UPPER, 12), "backup-otp"),
    Kind("assertion", chars(URLSAFE, 120), "client_assertion"),
    Kind("codeverifier", chars(URLSAFE, 64), "code_verifier"),
    Kind("code", chars(URLSAFE, 40), "code"),
    Kind("devicecode", chars(ALNUM, 40), "device_code"),
    Kind("appid", chars(HEX, 32), "appid"),
    Kind("sig", chars(ALNUM, 43), "sig"),
    Kind("samlresponse", lambda rng: base64.b64encode(chars(ALNUM, 90)(rng).encode()).decode(), "SAMLResponse"),
    Kind("hmac", chars(HEX, 64), "hmac"),
    Kind("auth", chars(ALNUM, 32), "X-Auth"),
]
"""Found by the name they stand under: label is what their rule is called."""

KINDS = [*LOOKS, *NAMED]
