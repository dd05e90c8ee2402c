"""`portal`: configuration as code for customer tickets portals.

The pipeline, in the order of its modules. Each may import only what stands above it; a test
(`tests/test_imports.py`) keeps it so. What is marked * has effects; everything else is pure:
values in, values out, no client.

    diagnostics errors codes advice*        complaints, the exits, what each code means; what to do
    resources* commit*                      the contract files; the commit that a file is from
    attributes rules sequences pairing      what audiences are made of; what moved in a list
    source*                                 portal.yaml → values with positions
    schema semantics fmt* edits             values → diagnostics; the usual order; one value changed
    may_differ resolved environments config where environments differ, and are; the frozen desired state
    state kinds                             what was observed; what can be managed, a module each
    diff                                    desired × live × recorded → field changes with origins
    ignoring coverage                       what ignore rules leave alone; who answers for each live field
    prerequisites order impact foresight    required settings; a safe sequence; who gains or loses
    expectations guards                     what must hold, and how far a plan may go
    way_back pages                          what would be restored; the homepage before and after
    plan changes concerns cautions planfile the plan, and the versioned document it becomes
    mandate rebase undo                     a plan to be acted on; whether it still may; the way back
    verify                                  is it set up correctly, for these people?
    targets*                                workspaces: over HTTP, or embedded
    leases* receipts* aftermath* saved*     the lock; what applies left behind; how things stand; old plans
    planning* apply* verification*          ask, and plan; do it, and record it; log in and try
    simulation* adopt pull starting*        the real apply on a twin; drift → file; workspace → file; a first file
    promotion*                              what was proven in one environment → a plan for another
    forge*                                  comments, issues and reviewed plans where a repository is reviewed
    resultfile fulfil* fleet* render        what came of it; a whole apply; many files as one; documents → text
    cli*                                    one module per verb
"""

__version__ = "0.1.0"
