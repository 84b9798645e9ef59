"""Every setting in one place: environment variables and an .env file; only app and cli read them."""

from pathlib import Path

from pydantic import Field
from pydantic_settings import BaseSettings, SettingsConfigDict


class Settings(BaseSettings):
    """What an operator can set. Each name is an environment variable in capitals: `DATABASE_URL`, `BACKOFFICE_UPLOAD_LIMIT`."""

    model_config = SettingsConfigDict(env_file=".env", env_prefix="BACKOFFICE_", extra="ignore", frozen=True)

    database_url: str | None = Field(
        default=None, validation_alias="DATABASE_URL", description="A PostgreSQL to use in place of the embedded one."
    )
    data: Path = Field(default=Path("data"), description="The folder of the embedded PostgreSQL and of the administrator's first password.")
    admin_email: str = Field(default="admin@example.com", description="The administrator that an empty database gets.")
    upload_limit: int = Field(default=2 * 1024**3, gt=0, description="The largest upload in bytes.")
    body_limit: int = Field(default=1024**2, gt=0, description="The largest JSON request in bytes.")
    operation_seconds: float = Field(default=30, gt=0, description="The longest that an operation may take; it is stopped then.")
    pool_size: int = Field(default=10, gt=0, description="The connections that one process keeps to PostgreSQL.")
    connections: int = Field(default=5000, gt=0, description="The connections that the server holds open at once.")
    connections_per_address: int = Field(
        default=200, ge=0, description="Of these, from one address; 0 for any number, as behind a proxy, where all come from one."
    )
    allowed_origins: list[str] = Field(
        default=[], description="Other origins whose pages may call the API, as in https://desk.example.com."
    )
