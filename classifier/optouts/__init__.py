"""The opt-out registry.

Events are the truth: append-only, numbered, chained by hash (`events`). Tables such as
`opt_outs.OPT_OUTS` are derived from them in the same transaction and can be built again.

- `records` holds the nouns; `registry.Registry` does what is asked; `open_registry` opens one.
- `store` states what a store promises; `sql_store` keeps it over `sqlite` or `postgres`.
- `changes` is what writes do inside a transaction, `decisions` what a check answers.
- `keys` hashes, signs and encrypts; `subject_index` leads from a keyed hash to a number.

To add a kind of event: a module with its tables (`tables.Table`), an applier for each kind
(`event_kinds.EventKind`) and what it does inside a transaction, after the example of `opt_outs`
and `changes`; its name in `whole_state`; a numbered migration in `sqlite` and in `postgres`.
What it does is run as ``registry.store.write(lambda transaction: …)``, which commits together
with others; it refuses before it writes, and does the same when run again. Personal data goes
into `Draft.secret` alone: payload and decided can never be erased.

`rulings.Rules` rule on scope and retention of new records; a `registry.Follower` appends what
follows from one, in the same transaction.
"""
