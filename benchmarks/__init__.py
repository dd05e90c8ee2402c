"""What `make bench` measures, and how. `docs/performance.md` says what the numbers mean.

Each row of the results comes from a module with a function `measure`, which takes a `Stage` and yields findings;
`__main__` lists them.

    processes     commands run as whole processes, interleaved round by round, each output checked
    findings      what a measurement comes to: ratios with their spread, counts, curves, or why there is none
    places        what is measured: an installed, compiled package, and peers at pinned versions
    servers       a workspace and a PowerDNS on loopback
    proxy         counts requests, adds latency, keeps requests to send them again
    floors        the least that has to be done for the same answer
    configured    the same amount of configuration for each
    ours          the commands of `portal` that several rows measure
    parts         each part in a process of its own, its findings kept as they come
    watched       processor time and memory of running servers
    fleets_made   fleets on both sides, applied or copied
    cluster       a PostgreSQL of the benchmarks' own
    crowds        databases with a million people, made once
    people_by_hand
                  what ours is held against there
    people_asked  asks both; runs in the measured installation
    start applies plans growth visible fleets filling lists load people made console terraform mirrors clusters
                  the rows
    terraform_provider
                  what Terraform asks; runs in a virtual environment of its own
    report picture
                  RESULTS.md and its pictures
    moved         which rows moved against them
    programs.sh   unpacks PowerDNS and wrk, where the machine has none
"""
