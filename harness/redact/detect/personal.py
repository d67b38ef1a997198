"""Personal data: names of fields, telephone and social security numbers, and the check digits of cards and accounts."""

from __future__ import annotations

import re
from typing import Final

PERSONAL_NAMES: Final[dict[str, str]] = dict.fromkeys((
    "phone", "phonenumber", "phoneno", "mobile", "mobilenumber", "mobilephone", "telephone", "tel", "fax", "ssn",
    "socialsecuritynumber", "nationalid", "taxid", "passportnumber", "driverslicense", "birthdate", "birthday",
    "dateofbirth", "dob", "otp", "onetimecode", "pin", "deviceid", "udid", "imei", "idfa", "androidid",
    "macaddress", "firstname", "lastname", "givenname", "familyname", "surname", "fullname", "maidenname",
    "middlename", "streetaddress", "street", "addressline1", "addressline2", "postalcode", "zipcode", "ipaddress",
    "clientip", "remoteip",
), "text")  # fmt: skip
"""Plain name -> kind. Values under these names are replaced with ``--redact-personal``."""

PHONE: Final = re.compile(
    rb"(?<![\w+.=/-])\+[1-9]\d{0,2}[ .-]?(?:\(\d{1,4}\)[ .-]?)?\d{2,4}(?:[ .-]?\d{2,4}){1,4}(?![\w-])"
)
"""International telephone numbers (E.164)."""
SOCIAL_SECURITY: Final = re.compile(rb"(?<![\w.-])(?!000|666|9)\d{3}-(?!00)\d{2}-(?!0000)\d{4}(?![\w.-])")
"""Social security numbers of the United States."""


# ---------------------------------------------------------------- numbers with check digits
_LENGTHS: Final = {
    "AD": 24, "AE": 23, "AL": 28, "AT": 20, "AZ": 28, "BA": 20, "BE": 16, "BG": 22, "BH": 22, "BR": 29, "BY": 28,
    "CH": 21, "CR": 22, "CY": 28, "CZ": 24, "DE": 22, "DK": 18, "DO": 28, "EE": 20, "EG": 29, "ES": 24, "FI": 18,
    "FO": 18, "FR": 27, "GB": 22, "GE": 22, "GI": 23, "GL": 18, "GR": 27, "GT": 28, "HR": 21, "HU": 28, "IE": 22,
    "IL": 23, "IQ": 23, "IS": 26, "IT": 27, "JO": 30, "KW": 30, "KZ": 20, "LB": 28, "LC": 32, "LI": 21, "LT": 20,
    "LU": 20, "LV": 21, "LY": 25, "MC": 27, "MD": 24, "ME": 22, "MK": 19, "MR": 27, "MT": 31, "MU": 30, "NL": 18,
    "NO": 15, "PK": 24, "PL": 28, "PS": 29, "PT": 25, "QA": 29, "RO": 24, "RS": 22, "SA": 24, "SC": 31, "SE": 24,
    "SI": 19, "SK": 24, "SM": 27, "ST": 25, "SV": 28, "TL": 23, "TN": 24, "TR": 26, "UA": 29, "VA": 22, "VG": 24,
    "XK": 20,
}  # fmt: skip
"""Country -> length of its account numbers (ISO 13616)."""
COUNTRIES: Final = tuple(_LENGTHS)
"""The two letters with which account numbers begin."""
_NINE: Final = 9
_REMAINDER: Final = 97


def is_card(value: bytes) -> bool:
    """Whether digits, with or without spaces and hyphens, have the check digit of a card number (ISO/IEC 7812-1)."""
    digits = [byte - 48 for byte in value if 48 <= byte <= 57]  # b"0" to b"9"
    total = sum(digits[-1::-2])
    for digit in digits[-2::-2]:
        doubled = digit * 2
        total += doubled - _NINE if doubled > _NINE else doubled
    return total % 10 == 0


def is_iban(value: bytes) -> bool:
    """Whether an account number has its country's length and the right check digits (mod 97, ISO 13616)."""
    text = value.replace(b" ", b"").decode("ascii")
    if _LENGTHS.get(text[:2]) != len(text):
        return False
    return int("".join(str(int(each, 36)) for each in text[4:] + text[:4])) % _REMAINDER == 1
