-- Requests that differ from one to the next, each answer looked at; what came of it all as one line of JSON.
--
-- wrk ... -- FILE MARK TURN: requests from FILE, a line each: method, path, headers "Name: value" with | between or
-- nothing, a body or nothing, with tabs between. Sixteen @ in a request become a number, TURN in the first request and
-- one more in each further one. An answer counts only with the status 200 and MARK in it.

local threads = {}

function setup(thread)
  table.insert(threads, thread)
end

function init(args)
  mark, turn, wrong, place, requests, rests = args[2], tonumber(args[3]), 0, 0, {}, {}
  for line in io.lines(args[1]) do
    local method, path, header, body = line:match("^(.-)\t(.-)\t(.-)\t(.*)$")
    local headers = {}
    for name, value in header:gmatch("([^:|]+): ([^|]+)") do
      headers[name] = value
    end
    local whole = wrk.format(method, path, headers, body ~= "" and body or nil)
    local first, last = whole:find(string.rep("@", 16), 1, true)
    table.insert(requests, first and whole:sub(1, first - 1) or whole)
    table.insert(rests, first and whole:sub(last + 1) or false)
  end
end

function request()
  place = place % #requests + 1
  if not rests[place] then
    return requests[place]
  end
  turn = turn + 1
  return requests[place] .. string.format("%016.0f", turn) .. rests[place]
end

function response(status, headers, body)
  if status ~= 200 or not body:find(mark, 1, true) then
    wrong = wrong + 1
  end
end

function done(summary, latency, all)
  local errors = summary.errors
  local failed = errors.connect + errors.read + errors.write + errors.timeout
  for _, thread in ipairs(threads) do
    failed = failed + thread:get("wrong")
  end
  io.write(string.format(
    '\n{"requests": %d, "microseconds": %d, "failed": %d, "p50": %d, "p95": %d, "p99": %d}\n',
    summary.requests, summary.duration, failed,
    latency:percentile(50), latency:percentile(95), latency:percentile(99)
  ))
end
