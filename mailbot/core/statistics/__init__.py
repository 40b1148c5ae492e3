"""What the desk publishes every quarter: counts over case records, without a site, an operator or a finder."""
