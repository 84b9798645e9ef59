-- Sends the lines of the file BODIES in turn, with the token of TOKEN if there is one, and writes one RESULT line at the end.
-- With CHECK it also looks into each answer for errors, which costs wrk so much that it is left out while time is taken.
local bodies, sent = {}, 0
for line in io.lines(os.getenv("BODIES")) do bodies[#bodies + 1] = line end

local headers = { ["Content-Type"] = "application/json", ["Accept"] = "application/json" }
local token = os.getenv("TOKEN")
if token then headers["Authorization"] = "Bearer " .. token end

function request()
  sent = sent + 1
  return wrk.format("POST", "/graphql", headers, bodies[(sent - 1) % #bodies + 1])
end

if os.getenv("CHECK") then
  wrong = 0
  function response(_, _, body)
    if body:find('"errors":', 1, true) or not body:find('"data"', 1, true) then wrong = wrong + 1 end
  end
end

local threads = {}
function setup(thread) threads[#threads + 1] = thread end

function done(summary, latency)
  local faulty = summary.errors.status + summary.errors.timeout + summary.errors.connect + summary.errors.read + summary.errors.write
  for _, thread in ipairs(threads) do faulty = faulty + (thread:get("wrong") or 0) end
  io.write(string.format('RESULT {"requests": %d, "microseconds": %d, "bytes": %d, "p50": %.0f, "p99": %.0f, "faulty": %d}\n',
    summary.requests, summary.duration, summary.bytes, latency:percentile(50), latency:percentile(99), faulty))
end
