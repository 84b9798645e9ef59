"""Tables, enumerations, who may see a row, and expected errors."""

from models.accounts import Account, AccountPermission, AccountType
from models.base import Base
from models.clients import (
    Address,
    AddressType,
    Client,
    ClientInternalType,
    ClientStatus,
    PhoneNumber,
    PhoneType,
    RiskLevel,
    client_tag,
)
from models.import_logs import ImportLogMessage
from models.imports import (
    ImportAction,
    ImportFile,
    ImportFileChunk,
    ImportJob,
    ImportLogBatch,
    ImportResult,
    ImportRowError,
    ImportRun,
    ImportSeen,
    ImportStatus,
    OnMatch,
    OnNoMatch,
)
from models.partners import IbPartner, IbProgram, IbReferral, in_tree_below
from models.products import Platform, Product, ProductCurrency, ProductGroup, ProductGroupStatus, ProductStatus, SendMailSetting
from models.reference import ClientType, ClientTypeGroup, Country, Currency, Manager, Tag, VerificationLevel
from models.staff import User, UserSession, user_tag

__all__ = [
    "Account",
    "AccountPermission",
    "AccountType",
    "Address",
    "AddressType",
    "Base",
    "Client",
    "ClientInternalType",
    "ClientStatus",
    "ClientType",
    "ClientTypeGroup",
    "Country",
    "Currency",
    "IbPartner",
    "IbProgram",
    "IbReferral",
    "ImportAction",
    "ImportFile",
    "ImportFileChunk",
    "ImportJob",
    "ImportLogBatch",
    "ImportLogMessage",
    "ImportResult",
    "ImportRowError",
    "ImportRun",
    "ImportSeen",
    "ImportStatus",
    "Manager",
    "OnMatch",
    "OnNoMatch",
    "PhoneNumber",
    "PhoneType",
    "Platform",
    "Product",
    "ProductCurrency",
    "ProductGroup",
    "ProductGroupStatus",
    "ProductStatus",
    "RiskLevel",
    "SendMailSetting",
    "Tag",
    "User",
    "UserSession",
    "VerificationLevel",
    "client_tag",
    "in_tree_below",
    "user_tag",
]
