"""The doctor: what stands between the control machine and a host that is as declared; it looks, and changes nothing.

`examine` finds out, `checks` are pure functions of what was found, `table` lists them in the order in which they need each other,
`told` and `shown` say it.
"""
