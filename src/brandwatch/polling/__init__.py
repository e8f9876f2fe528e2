"""What one poll is made of: which sources are due, how an answer is read, what their state becomes.

`poll.py` and `responses.py` put the pieces in their order. Each piece decides from facts; `turns` and `visiting` alone
keep what was decided.
"""
