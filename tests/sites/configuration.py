"""The desk that looks for contact points on loopback, as its configuration file says it."""

DESK = """\
[desk]
name = "Example Vulnerability Desk"
address = "security@desk.example.jp"
phone = "03-0000-0000"
[imap]
host = "imap.example.jp"
username = "security"
password_env = "IMAP_PASSWORD"
[smtp]
host = "smtp.example.jp"
[pgp]
fingerprint = "0123456789ABCDEF0123456789ABCDEF01234567"
[[coordinator]]
name = "Coordinator One"
address = "one@desk.example.jp"
fingerprint = "1111111111111111111111111111111111111111"
[lookup]
"""
LOOKUP = """\
resolver = "{net.resolver}"
rdap_url = "{net.rdap_url}"
whois_host = "{net.whois}"
allow_private = "127.0.0.0/8"
private_ports = ["443:{net.web_port}", "80:{net.plain_port}"]
"""
