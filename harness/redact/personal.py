"""What tells who somebody is, beside e-mail addresses, cards and accounts: replaced with ``--redact-personal``."""

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
"""Plain name -> kind: what stands in such a field, in a form or in a query."""

PHONE: Final = re.compile(
    rb"(?<![\w+.=/-])\+[1-9]\d{0,2}[ .-]?(?:\(\d{1,4}\)[ .-]?)?\d{2,4}(?:[ .-]?\d{2,4}){1,4}(?![\w-])"
)
"""Numbers of telephones with the sign of a country (E.164)."""
SOCIAL_SECURITY: Final = re.compile(rb"(?<![\w.-])(?!000|666|9)\d{3}-(?!00)\d{2}-(?!0000)\d{4}(?![\w.-])")
"""Numbers of the social security of the United States."""
