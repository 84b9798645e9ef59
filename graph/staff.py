"""The people who use the back office."""

import models
from graph.kit import auto, listed, node


@node(models.User)
class User:
    user_id: auto
    name: auto
    email: auto
    phone: auto
    active: auto
    tfa: auto
    ip_whitelist: auto
    can_view_masked_data: auto
    send_notify: auto
    email_verified: auto
    create_time: auto
    client_tags = listed(models.User.client_tags)
