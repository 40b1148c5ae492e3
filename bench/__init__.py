"""What the bot costs, beside floors measured in the same run on the same mails."""
