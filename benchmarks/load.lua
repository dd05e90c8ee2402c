-- Requests that differ from one to the next, each answer looked at; what came of it all as one line of JSON.
--
-- wrk ... -- FILE MARK: requests from FILE, a line each: method, path, a header "Name: value" or nothing, a body or
-- nothing, with tabs between. An answer counts only with the status 200 and MARK in it.

local threads = {}

function setup(thread)
  table.insert(threads, thread)
end

function init(args)
  mark, wrong, place, requests = args[2], 0, 0, {}
  for line in io.lines(args[1]) do
    local method, path, header, body = line:match("^(.-)\t(.-)\t(.-)\t(.*)$")
    local headers = {}
    for name, value in header:gmatch("([^:|]+): ([^|]+)") do
      headers[name] = value
    end
    table.insert(requests, wrk.format(method, path, headers, body ~= "" and body or nil))
  end
end

function request()
  place = place % #requests + 1
  return requests[place]
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
