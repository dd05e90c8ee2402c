"""`portal`: configuration as code for customer tickets portals.

The packages in the order of the pipeline. Each imports only from those above it (`make lint` holds that).
What is marked * has effects; everything else is pure: values in, values out, no client.

    core         diagnostics, errors and exit codes, codes and advice, contract files*, wording
    rules        the audience rule language: model, wire form, words
    config       portal.yaml ↔ desired state: yaml, schema, environments, checks, edit (its readers of files*)
    kinds        one module per managed kind; the observed state
    plan         desired × live × recorded → plan → document
    target*      a workspace behind its admin API, over HTTP or embedded
    apply*       lock, rebase, execute, receipts, check afterwards, simulate
    forge*       GitHub and GitLab: comments, issues, the plan that was reviewed
    operations*  one use case a module: plan, adopt, pull, init, promote, verify
    render       documents → text, Markdown, HTML, SARIF, JUnit, annotations, graphs
    fleet*       many configurations as one
    cli*         options → one call → render → exit code; one module a verb
"""

__version__ = "0.1.0"
