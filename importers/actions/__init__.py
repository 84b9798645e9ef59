"""What files can be imported as: one line for each action."""

from importers.actions.accounts import ACCOUNTS
from importers.actions.action import Action
from importers.actions.ibs import IBS
from importers.actions.users import USERS
from models.imports import ImportAction

ACTIONS: dict[ImportAction, Action] = {action.kind: action for action in (USERS, ACCOUNTS, IBS)}
