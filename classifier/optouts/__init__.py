"""The opt-out registry.

Events are the truth: append-only, numbered, chained by hash (`events.event`). Tables such as
`OPT_OUTS` are derived from them in the same transaction and can be built again. `records` holds
the nouns; `registry.Registry` does what is asked; `open_registry` opens one; `listing` pages
through it. `store` states what a store promises, `sql_store` keeps it.

The rooms, each resting on those below it alone:

- `report`, `lists`: the monthly report; lists as files, in and out.
- `desk`, `upkeep`: what people do with reviews, cases, callers and notices; purges and new keys.
- `rights`: what people may ask about their own data.
- `recording`: what a write does inside its transaction.
- `derived`: each derived table with the events that change it.
- `audit`: holds the registry to its events.
- `sqlite`, `postgres` on `sql`: the two databases, and the SQL that both understand.
- `events`: an event, the kinds and tables, and what may stand in them in the open.
- `policy`: what laws and the house ask, and what people are told.
- `subjects`: who is contacted, and the keys that hash, sign and encrypt.

To add a kind of event: a module in `derived` with its tables (`tables.Table`), an applier for
each kind (`event_kinds.EventKind`) and, in `recording`, what it does inside a transaction, after
the example of `opt_outs` and `changes`; its name in `whole_state`; a numbered migration in
`sqlite` and in `postgres`. What it does is run as
``registry.store.write(lambda transaction: …)``, which commits together with others; it refuses
before it writes, and does the same when run again. Personal data goes into `Draft.secret` alone:
payload and decided can never be erased.

`rulings.Rules` rule on scope and retention of new records; a `registry.Follower` appends what
follows from one, in the same transaction.
"""
