"""Tables"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "client_type",
        sa.Column("client_type_id", sa.Integer(), nullable=False),
        sa.Column("default", sa.Boolean(), server_default="false", nullable=False),
        sa.Column("enabled", sa.Boolean(), server_default="true", nullable=False),
        sa.Column("name", sa.String(length=100), nullable=False),
        sa.Column("caption", sa.String(length=100), nullable=False),
        sa.Column(
            "group",
            sa.Enum("individual", "corporative", name="clienttypegroup", native_enum=False, create_constraint=True, length=32),
            nullable=False,
        ),
        sa.Column("wizard", sa.Boolean(), server_default="false", nullable=False),
        sa.Column("resources", postgresql.JSONB(astext_type=sa.Text()), server_default="[]", nullable=False),
        sa.PrimaryKeyConstraint("client_type_id", name=op.f("pk_client_type")),
    )
    op.create_index("uq_client_type_default", "client_type", ["default"], unique=True, postgresql_where=sa.text('"default"'))
    op.create_table(
        "currency",
        sa.Column("alphabetic_code", sa.String(length=10), nullable=False),
        sa.Column("block_explorer", sa.Text(), nullable=True),
        sa.Column("enabled", sa.Boolean(), server_default="true", nullable=False),
        sa.Column("markup_buy", sa.Numeric(precision=38, scale=18), nullable=True),
        sa.Column("markup_sell", sa.Numeric(precision=38, scale=18), nullable=True),
        sa.Column("minor_unit", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(length=100), nullable=False),
        sa.Column("numeric_code", sa.Integer(), nullable=False),
        sa.Column("resources", postgresql.JSONB(astext_type=sa.Text()), server_default="[]", nullable=False),
        sa.Column("create_time", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("update_time", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.PrimaryKeyConstraint("alphabetic_code", name=op.f("pk_currency")),
        sa.UniqueConstraint("numeric_code", name=op.f("uq_currency_numeric_code")),
    )
    op.create_table(
        "ib_program",
        sa.Column("ib_program_id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(length=100), nullable=False),
        sa.Column("description", sa.Text(), nullable=True),
        sa.Column("enabled", sa.Boolean(), server_default="true", nullable=False),
        sa.Column("create_time", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.PrimaryKeyConstraint("ib_program_id", name=op.f("pk_ib_program")),
        sa.UniqueConstraint("name", name=op.f("uq_ib_program_name")),
    )
    op.create_table(
        "manager",
        sa.Column("manager_id", sa.Integer(), nullable=False),
        sa.Column("office_id", sa.Integer(), nullable=True),
        sa.Column("enabled", sa.Boolean(), server_default="true", nullable=False),
        sa.Column("email", sa.Text(), nullable=False),
        sa.Column("name", sa.String(length=100), nullable=False),
        sa.Column("title", sa.String(length=100), nullable=True),
        sa.Column("create_time", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.PrimaryKeyConstraint("manager_id", name=op.f("pk_manager")),
    )
    op.create_index("ix_manager_email", "manager", [sa.literal_column('(lower(email) COLLATE "C")')], unique=False)
    op.create_table(
        "payment_method",
        sa.Column("method_id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(length=100), nullable=False),
        sa.Column("group_name", sa.String(length=100), nullable=True),
        sa.Column("resources", postgresql.JSONB(astext_type=sa.Text()), server_default="[]", nullable=False),
        sa.PrimaryKeyConstraint("method_id", name=op.f("pk_payment_method")),
        sa.UniqueConstraint("name", name=op.f("uq_payment_method_name")),
    )
    op.create_table(
        "platform",
        sa.Column("platform_id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(length=100), nullable=False),
        sa.Column("caption", sa.String(length=100), nullable=False),
        sa.Column("resources", postgresql.JSONB(astext_type=sa.Text()), server_default="[]", nullable=False),
        sa.PrimaryKeyConstraint("platform_id", name=op.f("pk_platform")),
        sa.UniqueConstraint("name", name=op.f("uq_platform_name")),
    )
    op.create_table(
        "product_group",
        sa.Column("product_group_id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(length=100), nullable=False),
        sa.Column("caption", sa.String(length=100), nullable=False),
        sa.Column("description", sa.Text(), nullable=True),
        sa.Column(
            "status",
            sa.Enum("disabled", "enabled", name="productgroupstatus", native_enum=False, create_constraint=True, length=32),
            server_default="enabled",
            nullable=False,
        ),
        sa.Column("type", sa.String(length=100), server_default="default", nullable=False),
        sa.Column("priority", sa.Integer(), server_default="0", nullable=False),
        sa.Column("resources", postgresql.JSONB(astext_type=sa.Text()), server_default="[]", nullable=False),
        sa.Column("create_time", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("update_time", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.PrimaryKeyConstraint("product_group_id", name=op.f("pk_product_group")),
        sa.UniqueConstraint("name", name=op.f("uq_product_group_name")),
    )
    op.create_table(
        "tag",
        sa.Column("tag_id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(length=100), nullable=False),
        sa.PrimaryKeyConstraint("tag_id", name=op.f("pk_tag")),
        sa.UniqueConstraint("name", name=op.f("uq_tag_name")),
    )
    op.create_table(
        "user",
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(length=100), nullable=False),
        sa.Column("email", sa.String(length=254), nullable=False),
        sa.Column("password_hash", sa.Text(), nullable=False),
        sa.Column("phone", sa.String(length=20), nullable=True),
        sa.Column("active", sa.Boolean(), server_default="true", nullable=False),
        sa.Column("tfa", sa.Boolean(), server_default="false", nullable=False),
        sa.Column("ip_whitelist", sa.ARRAY(sa.Text()), server_default="{}", nullable=False),
        sa.Column("can_view_masked_data", sa.Boolean(), server_default="false", nullable=False),
        sa.Column("send_notify", sa.Boolean(), server_default="false", nullable=False),
        sa.Column("email_verified", sa.Boolean(), server_default="false", nullable=False),
        sa.Column("create_time", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.PrimaryKeyConstraint("user_id", name=op.f("pk_user")),
    )
    op.create_index("uq_user_email", "user", [sa.literal_column('(lower(email) COLLATE "C")')], unique=True)
    op.create_table(
        "verification_level",
        sa.Column("verification_level_id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(length=100), nullable=False),
        sa.Column("caption", sa.String(length=100), nullable=False),
        sa.Column("description", sa.Text(), nullable=True),
        sa.Column("mail_description", sa.Text(), nullable=True),
        sa.Column("next_level_id", sa.Integer(), nullable=True),
        sa.Column("role_id", sa.Integer(), nullable=True),
        sa.Column("wizard", sa.Text(), nullable=True),
        sa.Column("default", sa.Boolean(), server_default="false", nullable=False),
        sa.Column("visible", sa.Boolean(), server_default="true", nullable=False),
        sa.Column("sustainable", sa.Boolean(), server_default="false", nullable=False),
        sa.Column("options", sa.ARRAY(sa.Text()), server_default="{}", nullable=False),
        sa.Column("resources", postgresql.JSONB(astext_type=sa.Text()), server_default="[]", nullable=False),
        sa.CheckConstraint("not sustainable", name=op.f("ck_verification_level_never_sustainable")),
        sa.ForeignKeyConstraint(
            ["next_level_id"], ["verification_level.verification_level_id"], name=op.f("fk_verification_level_next_level_id")
        ),
        sa.PrimaryKeyConstraint("verification_level_id", name=op.f("pk_verification_level")),
        sa.UniqueConstraint("name", name=op.f("uq_verification_level_name")),
    )
    op.create_index(op.f("ix_verification_level_next_level_id"), "verification_level", ["next_level_id"], unique=False)
    op.create_index("uq_verification_level_default", "verification_level", ["default"], unique=True, postgresql_where=sa.text('"default"'))
    op.create_table(
        "country",
        sa.Column("country_id", sa.Integer(), nullable=False),
        sa.Column("alpha2_code", sa.String(length=10), nullable=False),
        sa.Column("alpha3_code", sa.String(length=10), nullable=False),
        sa.Column("country_name", sa.String(length=100), nullable=False),
        sa.Column("calling_code", sa.String(length=10), nullable=True),
        sa.Column("numeric_code", sa.String(length=10), nullable=False),
        sa.Column("currency_code", sa.String(length=10), nullable=True),
        sa.Column("enabled", sa.Boolean(), server_default="true", nullable=False),
        sa.ForeignKeyConstraint(["currency_code"], ["currency.alphabetic_code"], name=op.f("fk_country_currency_code")),
        sa.PrimaryKeyConstraint("country_id", name=op.f("pk_country")),
        sa.UniqueConstraint("alpha2_code", name=op.f("uq_country_alpha2_code")),
        sa.UniqueConstraint("alpha3_code", name=op.f("uq_country_alpha3_code")),
        sa.UniqueConstraint("numeric_code", name=op.f("uq_country_numeric_code")),
    )
    op.create_index(op.f("ix_country_currency_code"), "country", ["currency_code"], unique=False)
    op.create_table(
        "import_file",
        sa.Column("import_file_id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(length=255), nullable=False),
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.Column("stored_size", sa.BigInteger(), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("encoding", sa.String(length=40), nullable=False),
        sa.Column("encoding_guessed", sa.Boolean(), server_default="false", nullable=False),
        sa.Column("delimiter", sa.String(length=1), nullable=False),
        sa.Column("columns", sa.ARRAY(sa.Text()), nullable=False),
        sa.Column("head", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("user_id", sa.Integer(), nullable=True),
        sa.Column("create_time", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.ForeignKeyConstraint(["user_id"], ["user.user_id"], name=op.f("fk_import_file_user_id")),
        sa.PrimaryKeyConstraint("import_file_id", name=op.f("pk_import_file")),
    )
    op.create_index(op.f("ix_import_file_user_id"), "import_file", ["user_id"], unique=False)
    op.create_table(
        "product",
        sa.Column("product_id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(length=100), nullable=False),
        sa.Column("caption", sa.String(length=100), nullable=False),
        sa.Column(
            "type",
            sa.Enum(
                "personal",
                "trade",
                "demo",
                "partner",
                "liquidity",
                "exchange",
                "external",
                "bo",
                "iisbo",
                "system",
                name="accounttype",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column(
            "status",
            sa.Enum(
                "disabled", "present", "enabled", "default", name="productstatus", native_enum=False, create_constraint=True, length=32
            ),
            server_default="enabled",
            nullable=False,
        ),
        sa.Column(
            "send_mail_setting",
            sa.Enum("dontSend", "default", "send", name="sendmailsetting", native_enum=False, create_constraint=True, length=32),
            server_default="default",
            nullable=False,
        ),
        sa.Column("mail_template", sa.Text(), nullable=True),
        sa.Column("platform_id", sa.Integer(), nullable=True),
        sa.Column("product_group_id", sa.Integer(), nullable=True),
        sa.Column("options", postgresql.JSONB(astext_type=sa.Text()), nullable=True),
        sa.Column("default_leverage", sa.Integer(), nullable=True),
        sa.Column("leverages", sa.ARRAY(sa.Integer()), server_default="{}", nullable=False),
        sa.Column("max_accounts", sa.Integer(), nullable=True),
        sa.Column("start_amounts", sa.ARRAY(sa.Numeric(precision=38, scale=18)), server_default="{}", nullable=False),
        sa.Column("link_info", sa.Text(), nullable=True),
        sa.Column("agreement_link", sa.Text(), nullable=True),
        sa.Column("request_required", sa.Boolean(), server_default="false", nullable=False),
        sa.Column("min_deposit_amount", sa.Numeric(precision=38, scale=18), nullable=True),
        sa.Column("auto_create_on_login", sa.Boolean(), server_default="false", nullable=False),
        sa.Column("priority", sa.Integer(), server_default="0", nullable=False),
        sa.Column(
            "permissions",
            sa.ARRAY(
                sa.Enum(
                    "deposit",
                    "enabled",
                    "exchange",
                    "trade",
                    "transferDeposit",
                    "transferWithdrawal",
                    "visible",
                    "withdrawal",
                    name="accountpermission",
                    native_enum=False,
                    length=32,
                )
            ),
            server_default="{}",
            nullable=False,
        ),
        sa.Column(
            "default_account_permissions",
            sa.ARRAY(
                sa.Enum(
                    "deposit",
                    "enabled",
                    "exchange",
                    "trade",
                    "transferDeposit",
                    "transferWithdrawal",
                    "visible",
                    "withdrawal",
                    name="accountpermission",
                    native_enum=False,
                    length=32,
                )
            ),
            server_default="{}",
            nullable=False,
        ),
        sa.Column("resources", postgresql.JSONB(astext_type=sa.Text()), server_default="[]", nullable=False),
        sa.Column("create_time", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("update_time", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.ForeignKeyConstraint(["platform_id"], ["platform.platform_id"], name=op.f("fk_product_platform_id")),
        sa.ForeignKeyConstraint(["product_group_id"], ["product_group.product_group_id"], name=op.f("fk_product_product_group_id")),
        sa.PrimaryKeyConstraint("product_id", name=op.f("pk_product")),
        sa.UniqueConstraint("name", name=op.f("uq_product_name")),
    )
    op.create_index(op.f("ix_product_platform_id"), "product", ["platform_id"], unique=False)
    op.create_index(op.f("ix_product_product_group_id"), "product", ["product_group_id"], unique=False)
    op.create_index(op.f("ix_product_type"), "product", ["type"], unique=False)
    op.create_table(
        "user_session",
        sa.Column("token_hash", sa.LargeBinary(), nullable=False),
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("create_time", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.ForeignKeyConstraint(["user_id"], ["user.user_id"], name=op.f("fk_user_session_user_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("token_hash", name=op.f("pk_user_session")),
    )
    op.create_index(op.f("ix_user_session_expires_at"), "user_session", ["expires_at"], unique=False)
    op.create_index(op.f("ix_user_session_user_id"), "user_session", ["user_id"], unique=False)
    op.create_table(
        "user_tag",
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.Column("tag_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["tag_id"], ["tag.tag_id"], name=op.f("fk_user_tag_tag_id")),
        sa.ForeignKeyConstraint(["user_id"], ["user.user_id"], name=op.f("fk_user_tag_user_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("user_id", "tag_id", name=op.f("pk_user_tag")),
    )
    op.create_index(op.f("ix_user_tag_tag_id"), "user_tag", ["tag_id"], unique=False)
    op.create_table(
        "client",
        sa.Column("client_id", sa.Integer(), nullable=False),
        sa.Column("email", sa.String(length=254), nullable=False),
        sa.Column("first_name", sa.String(length=100), nullable=True),
        sa.Column("middle_name", sa.String(length=100), nullable=True),
        sa.Column("last_name", sa.String(length=100), nullable=True),
        sa.Column("nickname", sa.String(length=100), nullable=True),
        sa.Column("company_full_name", sa.Text(), nullable=True),
        sa.Column("company_short_name", sa.Text(), nullable=True),
        sa.Column(
            "name",
            sa.Text(),
            sa.Computed(
                "coalesce(\n    nullif(btrim(coalesce(first_name || ' ', '') || coalesce(middle_name || ' ', '') || coalesce(last_name, '')), ''),\n    company_full_name, nickname, '')",
                persisted=True,
            ),
            nullable=False,
        ),
        sa.Column("birthday", sa.Date(), nullable=True),
        sa.Column("city", sa.String(length=100), nullable=True),
        sa.Column("country_id", sa.Integer(), nullable=True),
        sa.Column("phone", sa.String(length=20), nullable=True),
        sa.Column(
            "internal_type",
            sa.Enum(
                "agent",
                "b2b",
                "default",
                "demo",
                "exchange",
                name="clientinternaltype",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            server_default="default",
            nullable=False,
        ),
        sa.Column("locale", sa.String(length=100), nullable=True),
        sa.Column("manager_id", sa.Integer(), nullable=True),
        sa.Column(
            "risk_level",
            sa.Enum("low", "middle", "high", name="risklevel", native_enum=False, create_constraint=True, length=32),
            server_default="low",
            nullable=False,
        ),
        sa.Column(
            "status",
            sa.Enum("active", "banned", "deleted", "inactive", name="clientstatus", native_enum=False, create_constraint=True, length=32),
            server_default="active",
            nullable=False,
        ),
        sa.Column("client_type_id", sa.Integer(), nullable=True),
        sa.Column("verification_level_id", sa.Integer(), nullable=True),
        sa.Column("analytics", postgresql.JSONB(astext_type=sa.Text()), server_default="[]", nullable=False),
        sa.Column("logged_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("create_time", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("update_time", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("import_run_id", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(["client_type_id"], ["client_type.client_type_id"], name=op.f("fk_client_client_type_id")),
        sa.ForeignKeyConstraint(["country_id"], ["country.country_id"], name=op.f("fk_client_country_id")),
        sa.ForeignKeyConstraint(["manager_id"], ["manager.manager_id"], name=op.f("fk_client_manager_id")),
        sa.ForeignKeyConstraint(
            ["verification_level_id"], ["verification_level.verification_level_id"], name=op.f("fk_client_verification_level_id")
        ),
        sa.PrimaryKeyConstraint("client_id", name=op.f("pk_client")),
    )
    op.create_index("ix_client_birthday", "client", ["birthday"], unique=False, postgresql_where=sa.text("birthday IS NOT NULL"))
    op.create_index(
        "ix_client_city",
        "client",
        [sa.literal_column('(lower(city) COLLATE "C")')],
        unique=False,
        postgresql_where=sa.text("city IS NOT NULL"),
    )
    op.create_index(op.f("ix_client_client_type_id"), "client", ["client_type_id"], unique=False)
    op.create_index(op.f("ix_client_country_id"), "client", ["country_id"], unique=False)
    op.create_index("ix_client_create_time", "client", ["create_time", "client_id"], unique=False)
    op.create_index(
        "ix_client_first_name",
        "client",
        [sa.literal_column('(lower(first_name) COLLATE "C")')],
        unique=False,
        postgresql_where=sa.text("first_name IS NOT NULL"),
    )
    op.create_index(
        "ix_client_last_name",
        "client",
        [sa.literal_column('(lower(last_name) COLLATE "C")')],
        unique=False,
        postgresql_where=sa.text("last_name IS NOT NULL"),
    )
    op.create_index(
        "ix_client_logged_at",
        "client",
        [sa.literal_column("coalesce(logged_at, '1900-01-01 00:00:00+00'::timestamptz)"), "client_id"],
        unique=False,
    )
    op.create_index("ix_client_manager", "client", ["manager_id"], unique=False, postgresql_where=sa.text("manager_id IS NOT NULL"))
    op.create_index("ix_client_name", "client", [sa.literal_column('(lower(name) COLLATE "C")'), "client_id"], unique=False)
    op.create_index(
        "ix_client_nickname",
        "client",
        [sa.literal_column('(lower(nickname) COLLATE "C")')],
        unique=False,
        postgresql_where=sa.text("nickname IS NOT NULL"),
    )
    op.create_index(
        "ix_client_phone",
        "client",
        [sa.literal_column('(lower(phone) COLLATE "C")')],
        unique=False,
        postgresql_where=sa.text("phone IS NOT NULL"),
    )
    op.create_index(op.f("ix_client_status"), "client", ["status"], unique=False)
    op.create_index("ix_client_update_time", "client", ["update_time", "client_id"], unique=False)
    op.create_index(op.f("ix_client_verification_level_id"), "client", ["verification_level_id"], unique=False)
    op.create_index("uq_client_email", "client", [sa.literal_column('(lower(email) COLLATE "C")')], unique=True)
    op.create_table(
        "import_file_chunk",
        sa.Column("import_file_id", sa.Integer(), nullable=False),
        sa.Column("number", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(
            ["import_file_id"], ["import_file.import_file_id"], name=op.f("fk_import_file_chunk_import_file_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("import_file_id", "number", name=op.f("pk_import_file_chunk")),
    )
    op.create_table(
        "import_job",
        sa.Column("import_job_id", sa.Integer(), nullable=False),
        sa.Column("title", sa.String(length=200), nullable=False),
        sa.Column("description", sa.Text(), nullable=True),
        sa.Column(
            "action",
            sa.Enum(
                "import-users", "import-accounts", "import-ibs", name="importaction", native_enum=False, create_constraint=True, length=32
            ),
            nullable=False,
        ),
        sa.Column("import_file_id", sa.Integer(), nullable=False),
        sa.Column("mapping", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("match_key", sa.ARRAY(sa.Text()), nullable=False),
        sa.Column(
            "on_match",
            sa.Enum("update", "skip", name="onmatch", native_enum=False, create_constraint=True, length=32),
            server_default="update",
            nullable=False,
        ),
        sa.Column(
            "on_no_match",
            sa.Enum("create", "skip", name="onnomatch", native_enum=False, create_constraint=True, length=32),
            server_default="create",
            nullable=False,
        ),
        sa.Column("date_format", sa.String(length=40), nullable=True),
        sa.Column("delimiter", sa.String(length=1), nullable=False),
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.ForeignKeyConstraint(["import_file_id"], ["import_file.import_file_id"], name=op.f("fk_import_job_import_file_id")),
        sa.ForeignKeyConstraint(["user_id"], ["user.user_id"], name=op.f("fk_import_job_user_id")),
        sa.PrimaryKeyConstraint("import_job_id", name=op.f("pk_import_job")),
    )
    op.create_index(op.f("ix_import_job_action"), "import_job", ["action"], unique=False)
    op.create_index("ix_import_job_created_at", "import_job", ["created_at", "import_job_id"], unique=False)
    op.create_index(op.f("ix_import_job_import_file_id"), "import_job", ["import_file_id"], unique=False)
    op.create_index(op.f("ix_import_job_title"), "import_job", ["title"], unique=False)
    op.create_index(op.f("ix_import_job_user_id"), "import_job", ["user_id"], unique=False)
    op.create_table(
        "product_currency",
        sa.Column("product_currency_id", sa.Integer(), nullable=False),
        sa.Column("product_id", sa.Integer(), nullable=False),
        sa.Column("currency_code", sa.String(length=10), nullable=False),
        sa.Column("caption", sa.String(length=100), nullable=False),
        sa.Column("is_enabled", sa.Boolean(), server_default="true", nullable=False),
        sa.Column("platform_groups", sa.ARRAY(sa.Text()), server_default="{}", nullable=False),
        sa.Column("factory", sa.Integer(), server_default="1", nullable=False),
        sa.Column("is_hedging_enabled", sa.Boolean(), server_default="false", nullable=False),
        sa.Column("overwrite_product_settings", sa.Boolean(), server_default="false", nullable=False),
        sa.Column("default_leverage", sa.Integer(), nullable=True),
        sa.Column("leverages", sa.ARRAY(sa.Integer()), server_default="{}", nullable=False),
        sa.Column("max_accounts", sa.Integer(), nullable=True),
        sa.Column("start_amounts", sa.ARRAY(sa.Numeric(precision=38, scale=18)), server_default="{}", nullable=False),
        sa.Column("link_info", sa.Text(), nullable=True),
        sa.Column("agreement_link", sa.Text(), nullable=True),
        sa.Column("request_required", sa.Boolean(), server_default="false", nullable=False),
        sa.Column("min_deposit_amount", sa.Numeric(precision=38, scale=18), nullable=True),
        sa.Column("auto_create_on_login", sa.Boolean(), server_default="false", nullable=False),
        sa.Column("priority", sa.Integer(), server_default="0", nullable=False),
        sa.Column(
            "permissions",
            sa.ARRAY(
                sa.Enum(
                    "deposit",
                    "enabled",
                    "exchange",
                    "trade",
                    "transferDeposit",
                    "transferWithdrawal",
                    "visible",
                    "withdrawal",
                    name="accountpermission",
                    native_enum=False,
                    length=32,
                )
            ),
            server_default="{}",
            nullable=False,
        ),
        sa.Column(
            "default_account_permissions",
            sa.ARRAY(
                sa.Enum(
                    "deposit",
                    "enabled",
                    "exchange",
                    "trade",
                    "transferDeposit",
                    "transferWithdrawal",
                    "visible",
                    "withdrawal",
                    name="accountpermission",
                    native_enum=False,
                    length=32,
                )
            ),
            server_default="{}",
            nullable=False,
        ),
        sa.Column("resources", postgresql.JSONB(astext_type=sa.Text()), server_default="[]", nullable=False),
        sa.Column("create_time", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("update_time", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.ForeignKeyConstraint(["currency_code"], ["currency.alphabetic_code"], name=op.f("fk_product_currency_currency_code")),
        sa.ForeignKeyConstraint(["product_id"], ["product.product_id"], name=op.f("fk_product_currency_product_id")),
        sa.PrimaryKeyConstraint("product_currency_id", name=op.f("pk_product_currency")),
        sa.UniqueConstraint("product_id", "currency_code", name=op.f("uq_product_currency_product_id_currency_code")),
    )
    op.create_index(op.f("ix_product_currency_currency_code"), "product_currency", ["currency_code"], unique=False)
    op.create_table(
        "account",
        sa.Column("account_id", sa.Integer(), nullable=False),
        sa.Column("account_number", sa.String(length=64), nullable=False),
        sa.Column("client_id", sa.Integer(), nullable=False),
        sa.Column("product_id", sa.Integer(), nullable=False),
        sa.Column("currency_code", sa.String(length=10), nullable=False),
        sa.Column("caption", sa.String(length=100), nullable=True),
        sa.Column("name", sa.String(length=100), nullable=False),
        sa.Column(
            "permissions",
            sa.ARRAY(
                sa.Enum(
                    "deposit",
                    "enabled",
                    "exchange",
                    "trade",
                    "transferDeposit",
                    "transferWithdrawal",
                    "visible",
                    "withdrawal",
                    name="accountpermission",
                    native_enum=False,
                    length=32,
                )
            ),
            server_default="{}",
            nullable=False,
        ),
        sa.Column(
            "type",
            sa.Enum(
                "personal",
                "trade",
                "demo",
                "partner",
                "liquidity",
                "exchange",
                "external",
                "bo",
                "iisbo",
                "system",
                name="accounttype",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("archive_time", sa.DateTime(timezone=True), nullable=True),
        sa.Column("create_time", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("available_balance", sa.Numeric(precision=38, scale=18), server_default="0", nullable=False),
        sa.Column("current_balance", sa.Numeric(precision=38, scale=18), server_default="0", nullable=False),
        sa.Column("credit", sa.Numeric(precision=38, scale=18), server_default="0", nullable=False),
        sa.Column("equity", sa.Numeric(precision=38, scale=18), server_default="0", nullable=False),
        sa.Column("free_margin", sa.Numeric(precision=38, scale=18), server_default="0", nullable=False),
        sa.Column("hold", sa.Numeric(precision=38, scale=18), server_default="0", nullable=False),
        sa.Column("margin", sa.Numeric(precision=38, scale=18), server_default="0", nullable=False),
        sa.Column("margin_level", sa.Numeric(precision=38, scale=18), server_default="0", nullable=False),
        sa.Column("pnl", sa.Numeric(precision=38, scale=18), server_default="0", nullable=False),
        sa.Column("statement_update_time", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("import_run_id", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(["client_id"], ["client.client_id"], name=op.f("fk_account_client_id")),
        sa.ForeignKeyConstraint(["currency_code"], ["currency.alphabetic_code"], name=op.f("fk_account_currency_code")),
        sa.ForeignKeyConstraint(["product_id"], ["product.product_id"], name=op.f("fk_account_product_id")),
        sa.PrimaryKeyConstraint("account_id", name=op.f("pk_account")),
        sa.UniqueConstraint("account_number", name=op.f("uq_account_account_number")),
        postgresql_with={"fillfactor": 85},
    )
    op.create_index("ix_account_archive_time", "account", ["archive_time"], unique=False, postgresql_where="archive_time is not null")
    op.create_index("ix_account_client", "account", ["client_id", "account_id"], unique=False)
    op.create_index("ix_account_create_time", "account", ["create_time", "account_id"], unique=False)
    op.create_index(op.f("ix_account_currency_code"), "account", ["currency_code"], unique=False)
    op.create_index(op.f("ix_account_product_id"), "account", ["product_id"], unique=False)
    op.create_index(op.f("ix_account_type"), "account", ["type"], unique=False)
    op.create_table(
        "address",
        sa.Column("address_id", sa.Integer(), nullable=False),
        sa.Column("client_id", sa.Integer(), nullable=False),
        sa.Column("address", sa.String(length=255), nullable=True),
        sa.Column("city", sa.String(length=100), nullable=True),
        sa.Column("country_id", sa.Integer(), nullable=True),
        sa.Column("postcode", sa.String(length=100), nullable=True),
        sa.Column("state", sa.String(length=100), nullable=True),
        sa.Column(
            "type",
            sa.Enum("residential", "billing", "mailing", name="addresstype", native_enum=False, create_constraint=True, length=32),
            server_default="residential",
            nullable=False,
        ),
        sa.Column("create_time", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("update_time", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.ForeignKeyConstraint(["client_id"], ["client.client_id"], name=op.f("fk_address_client_id")),
        sa.ForeignKeyConstraint(["country_id"], ["country.country_id"], name=op.f("fk_address_country_id")),
        sa.PrimaryKeyConstraint("address_id", name=op.f("pk_address")),
    )
    op.create_index("ix_address_client", "address", ["client_id", "address_id"], unique=False)
    op.create_index(op.f("ix_address_country_id"), "address", ["country_id"], unique=False)
    op.create_table(
        "client_tag",
        sa.Column("client_id", sa.Integer(), nullable=False),
        sa.Column("tag_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["client_id"], ["client.client_id"], name=op.f("fk_client_tag_client_id"), ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["tag_id"], ["tag.tag_id"], name=op.f("fk_client_tag_tag_id")),
        sa.PrimaryKeyConstraint("client_id", "tag_id", name=op.f("pk_client_tag")),
    )
    op.create_index(op.f("ix_client_tag_tag_id"), "client_tag", ["tag_id"], unique=False)
    op.create_table(
        "ib_partner",
        sa.Column("ib_partner_id", sa.Integer(), nullable=False),
        sa.Column("client_id", sa.Integer(), nullable=False),
        sa.Column("ib_program_id", sa.Integer(), nullable=False),
        sa.Column("referral_code", sa.String(length=10), nullable=False),
        sa.Column("active", sa.Boolean(), server_default="true", nullable=False),
        sa.Column("create_time", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("import_run_id", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(["client_id"], ["client.client_id"], name=op.f("fk_ib_partner_client_id")),
        sa.ForeignKeyConstraint(["ib_program_id"], ["ib_program.ib_program_id"], name=op.f("fk_ib_partner_ib_program_id")),
        sa.PrimaryKeyConstraint("ib_partner_id", name=op.f("pk_ib_partner")),
        sa.UniqueConstraint("client_id", "ib_program_id", name=op.f("uq_ib_partner_client_id_ib_program_id")),
        sa.UniqueConstraint("referral_code", name=op.f("uq_ib_partner_referral_code")),
    )
    op.create_index(op.f("ix_ib_partner_active"), "ib_partner", ["active"], unique=False)
    op.create_index(op.f("ix_ib_partner_ib_program_id"), "ib_partner", ["ib_program_id"], unique=False)
    op.create_table(
        "import_run",
        sa.Column("import_run_id", sa.Integer(), nullable=False),
        sa.Column("import_job_id", sa.Integer(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("dry_run", sa.Boolean(), server_default="false", nullable=False),
        sa.Column(
            "status",
            sa.Enum(
                "new",
                "inProgress",
                "success",
                "successWithErrors",
                "failed",
                "cancelled",
                name="importstatus",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            server_default="new",
            nullable=False,
        ),
        sa.Column("failure", sa.Text(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("start_time", sa.DateTime(timezone=True), nullable=True),
        sa.Column("end_time", sa.DateTime(timezone=True), nullable=True),
        sa.Column("read", sa.Integer(), server_default="0", nullable=False),
        sa.Column("added", sa.Integer(), server_default="0", nullable=False),
        sa.Column("updated", sa.Integer(), server_default="0", nullable=False),
        sa.Column("skipped", sa.Integer(), server_default="0", nullable=False),
        sa.Column("errored", sa.Integer(), server_default="0", nullable=False),
        sa.Column("attempt", sa.Integer(), server_default="0", nullable=False),
        sa.Column("position", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("size", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("checkpoint", postgresql.JSONB(astext_type=sa.Text()), server_default="{}", nullable=False),
        sa.Column("update_time", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.ForeignKeyConstraint(["import_job_id"], ["import_job.import_job_id"], name=op.f("fk_import_run_import_job_id")),
        sa.PrimaryKeyConstraint("import_run_id", name=op.f("pk_import_run")),
        sa.UniqueConstraint("import_job_id", "number", name=op.f("uq_import_run_import_job_id_number")),
    )
    op.create_index("ix_import_run_status", "import_run", ["status"], unique=False, postgresql_where="status in ('new', 'inProgress')")
    op.create_table(
        "phone_number",
        sa.Column("phone_number_id", sa.Integer(), nullable=False),
        sa.Column("client_id", sa.Integer(), nullable=False),
        sa.Column("confirmed", sa.Boolean(), server_default="false", nullable=False),
        sa.Column("default", sa.Boolean(), server_default="false", nullable=False),
        sa.Column("ext", sa.String(length=100), nullable=True),
        sa.Column("number", sa.String(length=20), nullable=False),
        sa.Column(
            "type",
            sa.Enum("fixed", "mobile", "fax", "voip", "pager", name="phonetype", native_enum=False, create_constraint=True, length=32),
            server_default="mobile",
            nullable=False,
        ),
        sa.Column("create_time", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("update_time", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.ForeignKeyConstraint(["client_id"], ["client.client_id"], name=op.f("fk_phone_number_client_id")),
        sa.PrimaryKeyConstraint("phone_number_id", name=op.f("pk_phone_number")),
    )
    op.create_index("ix_phone_number_client", "phone_number", ["client_id", "phone_number_id"], unique=False)
    op.create_index("uq_phone_number_default", "phone_number", ["client_id"], unique=True, postgresql_where=sa.text('"default"'))
    op.create_table(
        "ib_referral",
        sa.Column("ib_referral_id", sa.Integer(), nullable=False),
        sa.Column("ib_partner_id", sa.Integer(), nullable=False),
        sa.Column("client_id", sa.Integer(), nullable=False),
        sa.Column("create_time", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("import_run_id", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(["client_id"], ["client.client_id"], name=op.f("fk_ib_referral_client_id")),
        sa.ForeignKeyConstraint(["ib_partner_id"], ["ib_partner.ib_partner_id"], name=op.f("fk_ib_referral_ib_partner_id")),
        sa.PrimaryKeyConstraint("ib_referral_id", name=op.f("pk_ib_referral")),
        sa.UniqueConstraint("client_id", name=op.f("uq_ib_referral_client_id")),
    )
    op.create_index("ix_ib_referral_create_time", "ib_referral", ["create_time", "ib_referral_id"], unique=False)
    op.create_index("ix_ib_referral_partner", "ib_referral", ["ib_partner_id", "ib_referral_id"], unique=False)
    op.create_table(
        "import_log_batch",
        sa.Column("import_run_id", sa.Integer(), nullable=False),
        sa.Column("first_record", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("lines", sa.ARRAY(sa.Integer()), nullable=False),
        sa.Column("results", sa.Text(), nullable=False),
        sa.Column("row_ids", sa.ARRAY(sa.Integer()), nullable=False),
        sa.ForeignKeyConstraint(
            ["import_run_id"], ["import_run.import_run_id"], name=op.f("fk_import_log_batch_import_run_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("import_run_id", "first_record", name=op.f("pk_import_log_batch")),
    )
    op.create_table(
        "import_row_error",
        sa.Column("import_run_id", sa.Integer(), nullable=False),
        sa.Column("record", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("ordinal", sa.SmallInteger(), autoincrement=False, nullable=False),
        sa.Column("line", sa.Integer(), nullable=False),
        sa.Column("column", sa.Text(), nullable=True),
        sa.Column("code", sa.String(length=40), nullable=False),
        sa.Column("message", sa.Text(), nullable=False),
        sa.Column("cells", sa.ARRAY(sa.Text()), nullable=False),
        sa.ForeignKeyConstraint(
            ["import_run_id"], ["import_run.import_run_id"], name=op.f("fk_import_row_error_import_run_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("import_run_id", "record", "ordinal", name=op.f("pk_import_row_error")),
    )
    op.create_index("ix_import_row_error_code", "import_row_error", ["import_run_id", "code", "record", "ordinal"], unique=False)
    op.create_table(
        "import_seen",
        sa.Column("import_run_id", sa.Integer(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("meaning", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(
            ["import_run_id"], ["import_run.import_run_id"], name=op.f("fk_import_seen_import_run_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("import_run_id", "key", name=op.f("pk_import_seen")),
    )
    op.create_table(
        "transaction",
        sa.Column("transaction_id", sa.Integer(), nullable=False),
        sa.Column("client_id", sa.Integer(), nullable=False),
        sa.Column("credit_account_id", sa.Integer(), nullable=True),
        sa.Column("credit_amount", sa.Numeric(precision=38, scale=18), nullable=True),
        sa.Column("credit_commission", sa.Numeric(precision=38, scale=18), server_default="0", nullable=False),
        sa.Column("credit_currency_code", sa.String(length=10), nullable=True),
        sa.Column("debit_account_id", sa.Integer(), nullable=True),
        sa.Column("debit_amount", sa.Numeric(precision=38, scale=18), nullable=True),
        sa.Column("debit_commission", sa.Numeric(precision=38, scale=18), server_default="0", nullable=False),
        sa.Column("debit_currency_code", sa.String(length=10), nullable=True),
        sa.Column("foreign_exchange_rate", sa.Numeric(precision=38, scale=18), nullable=True),
        sa.Column("method_id", sa.Integer(), nullable=True),
        sa.Column(
            "status",
            sa.Enum(
                "cancelled",
                "done",
                "failed",
                "hold",
                "holdFailed",
                "inProgress",
                "new",
                "partial",
                "pending",
                "rejected",
                "refund",
                "refundFailed",
                "trade",
                name="transactionstatus",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column(
            "type",
            sa.Enum(
                "deposit",
                "exchange",
                "external",
                "partner",
                "transfer",
                "withdrawal",
                name="transactionkind",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("is_fake", sa.Boolean(), server_default="false", nullable=False),
        sa.Column("meta_blockchain_transaction", sa.Text(), nullable=True),
        sa.Column("meta_comment", sa.Text(), nullable=True),
        sa.Column(
            "meta_compliance_status",
            sa.Enum("approved", "declined", "pending", name="compliance", native_enum=False, create_constraint=True, length=32),
            nullable=True,
        ),
        sa.Column(
            "meta_dealing_status",
            sa.Enum("approved", "declined", "pending", name="dealing", native_enum=False, create_constraint=True, length=32),
            nullable=True,
        ),
        sa.Column("meta_invoice", sa.Text(), nullable=True),
        sa.Column("meta_provider_commission", sa.Numeric(precision=38, scale=18), nullable=True),
        sa.Column("meta_provider_options", postgresql.JSONB(astext_type=sa.Text()), server_default="[]", nullable=False),
        sa.Column(
            "meta_verification_status",
            sa.Enum("approved", "new", "pending", name="verificationstatus", native_enum=False, create_constraint=True, length=32),
            nullable=True,
        ),
        sa.Column("meta_create_time", sa.DateTime(timezone=True), nullable=True),
        sa.Column("meta_invoice_time", sa.DateTime(timezone=True), nullable=True),
        sa.Column("meta_update_time", sa.DateTime(timezone=True), nullable=True),
        sa.Column("create_time", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("update_time", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("processed_time", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("(credit_amount is null) = (credit_currency_code is null)", name=op.f("ck_transaction_credit_currency")),
        sa.CheckConstraint("(debit_amount is null) = (debit_currency_code is null)", name=op.f("ck_transaction_debit_currency")),
        sa.CheckConstraint("credit_account_id is null or credit_amount is not null", name=op.f("ck_transaction_credit_account")),
        sa.CheckConstraint("debit_account_id is null or debit_amount is not null", name=op.f("ck_transaction_debit_account")),
        sa.ForeignKeyConstraint(["client_id"], ["client.client_id"], name=op.f("fk_transaction_client_id")),
        sa.ForeignKeyConstraint(["credit_account_id"], ["account.account_id"], name=op.f("fk_transaction_credit_account_id")),
        sa.ForeignKeyConstraint(["credit_currency_code"], ["currency.alphabetic_code"], name=op.f("fk_transaction_credit_currency_code")),
        sa.ForeignKeyConstraint(["debit_account_id"], ["account.account_id"], name=op.f("fk_transaction_debit_account_id")),
        sa.ForeignKeyConstraint(["debit_currency_code"], ["currency.alphabetic_code"], name=op.f("fk_transaction_debit_currency_code")),
        sa.ForeignKeyConstraint(["method_id"], ["payment_method.method_id"], name=op.f("fk_transaction_method_id")),
        sa.PrimaryKeyConstraint("transaction_id", name=op.f("pk_transaction")),
    )
    op.create_index("ix_transaction_client", "transaction", ["client_id", "transaction_id"], unique=False)
    op.create_index("ix_transaction_create_time", "transaction", ["create_time", "transaction_id"], unique=False)
    op.create_index(
        "ix_transaction_credit_account",
        "transaction",
        ["credit_account_id", "transaction_id"],
        unique=False,
        postgresql_where=sa.text("credit_account_id IS NOT NULL"),
    )
    op.create_index(
        "ix_transaction_credit_amount",
        "transaction",
        [sa.literal_column("coalesce(credit_amount, '-100000000000000000000'::numeric)"), "transaction_id"],
        unique=False,
    )
    op.create_index(
        "ix_transaction_debit_account",
        "transaction",
        ["debit_account_id", "transaction_id"],
        unique=False,
        postgresql_where=sa.text("debit_account_id IS NOT NULL"),
    )
    op.create_index(
        "ix_transaction_debit_amount",
        "transaction",
        [sa.literal_column("coalesce(debit_amount, '-100000000000000000000'::numeric)"), "transaction_id"],
        unique=False,
    )
    op.create_index("ix_transaction_fake", "transaction", ["is_fake", "transaction_id"], unique=False, postgresql_where=sa.text("is_fake"))
    op.create_index(
        "ix_transaction_method",
        "transaction",
        ["method_id", "create_time", "transaction_id"],
        unique=False,
        postgresql_where=sa.text("method_id IS NOT NULL"),
    )
    op.create_index(
        "ix_transaction_processed_time",
        "transaction",
        [sa.literal_column("coalesce(processed_time, '1900-01-01 00:00:00+00'::timestamptz)"), "transaction_id"],
        unique=False,
    )
    op.create_index("ix_transaction_status", "transaction", ["status", "create_time", "transaction_id"], unique=False)
    op.create_index("ix_transaction_type", "transaction", ["type", "create_time", "transaction_id"], unique=False)
