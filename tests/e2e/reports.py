"""Reports that several stories begin with."""

WEBSITE_EN = """Hello,

I found a cross-site scripting vulnerability on https://shop.example.jp/search

Steps to reproduce:
1. Open the page
2. Enter "><script>alert(1)</script> into the search field
3. The script runs.

Impact: an attacker can show false content.

Regards,
Alex
"""

PRODUCT_EN = """Hello,

I found a SQL injection in Example Calendar, a web calendar that many schools run.

Product: Example Calendar
Vendor: Example Soft

The "id" parameter of event.php goes into a query without escaping.

Impact: anyone can read the whole user table.

Regards,
Alex Finder
"""

PRODUCT_ANSWER = """Hello, here it is:

Version: 2.4.1

Steps to reproduce:
1. Open /event.php?id=1
2. Change the id to 1' UNION SELECT login,password FROM users-- -
3. The page lists logins.

Regards,
Alex Finder
"""
