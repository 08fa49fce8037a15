"""What any fleet of durable goods needs: cohorts, survival, stock turnover and adoption.

Functions for the models in this package, which hold no data and know no model: each takes the
arrays, or the small tuples of arrays, that it needs. ``docs/model.md`` has the equations.

- ``layout``: columns and paths of a model's quantities, and records of them.
- ``inputs``: from a region's slots to columns and paths.
- ``survival``: Weibull survival, waves of scrapping, an official count, a first stock (T-0 to T-2).
- ``vintages``: sums over vintages (T-3, E-3).
- ``stock``: the stock of the past, and sales that lift it to a target (T-3, T-5, T-6).
- ``adoption``: shares in sales by a tree of choices, and phase-outs (A).
- ``blocks``: draws read in blocks, results written by draw, how a draw ended.
"""
