"""`portal`: configuration as code for customer tickets portals.

The pipeline, in the order of its modules. Each may import only what stands above it; a test
(`tests/test_imports.py`) keeps it so. What is marked * has effects; everything else is pure:
values in, values out, no client.

    diagnostics errors codes resources*     complaints, the exits, the contract files
    attributes rules sequences              what audiences are made of; what moved in a list
    source* schema semantics fmt            portal.yaml → values with positions → diagnostics
    config                                  the frozen desired state
    state kinds                             what was observed; what can be managed, a module each
    diff                                    desired × live × recorded → field changes with origins
    prerequisites order impact              required settings; a safe sequence; who gains or loses
    expectations guards                     what must hold, and how far a plan may go
    plan planfile                           the plan, and the versioned document it becomes
    targets*                                workspaces: over HTTP, or embedded
    planning* apply* drift*                 ask and plan; do it; what somebody else changed
    render                                  documents → text
    cli*                                    one module per verb
"""

__version__ = "0.1.0"
