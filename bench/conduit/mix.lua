-- Asks what a file of Lua strings says, one after the other; says in the end what came of it, as JSON.
local requests, at = {}, 0

function init(args)
    requests = dofile(args[1])
end

function request()
    at = at % #requests + 1
    return requests[at]
end

function done(summary, latency)
    local errors = summary.errors
    io.write(string.format('{"requests":%d,"us":%d,"p50_us":%d,"p99_us":%d,"failed":%d,"broken":%d}\n', summary.requests, summary.duration,
        latency:percentile(50), latency:percentile(99), errors.status, errors.connect + errors.read + errors.write + errors.timeout))
end
