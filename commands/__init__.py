"""What each command of `backoffice` does; cli.py says what they are called and which options they take."""
