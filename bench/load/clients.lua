-- Functions that the scripts share: request ids, latencies of each kind of request, and the result as a line of JSON.
-- Each client of wrk is a thread with a Lua state and a connection of its own.
local ffi = require("ffi")
ffi.cdef [[
typedef struct { long tv_sec; long tv_nsec; } timespec_t;
int clock_gettime(int clock, timespec_t *now);
]]
local CLOCK_MONOTONIC = 1
local now = ffi.new("timespec_t")

local clients = { count = 0, threads = {} }

-- The milliseconds of the monotonic clock.
function clients.now_ms()
  ffi.C.clock_gettime(CLOCK_MONOTONIC, now)
  return tonumber(now.tv_sec) * 1000 + tonumber(now.tv_nsec) / 1e6
end

-- Call as wrk's `setup`: number the threads from 1.
function clients.setup(thread)
  clients.count = clients.count + 1
  thread:set("client", clients.count)
  table.insert(clients.threads, thread)
end

-- Call in wrk's `init`. `kinds` are the names of the requests. wrk's `done` reads global values of a thread; a table in
-- another one would end wrk, so each kind has two of its own.
function clients.init(kinds)
  first_failure, noted = "", ""
  for _, kind in ipairs(kinds) do _G["ms_" .. kind], _G["failed_" .. kind] = {}, 0 end
  ffi.C.clock_gettime(CLOCK_MONOTONIC, now)
  math.randomseed(tonumber(now.tv_nsec) + client)
end

-- Return the words of a text, which are separated by commas.
function clients.words(text)
  local words = {}
  for word in text:gmatch("[^,]+") do table.insert(words, word) end
  return words
end

-- Record a word for the result.
function clients.note(word) noted = noted .. word .. "," end

-- A new UUID of version 4.
function clients.request_id()
  local pattern = "xxxxxxxx-xxxx-4xxx-yxxx-xxxxxxxxxxxx"
  return (pattern:gsub("[xy]", function(letter)
    return string.format("%x", letter == "x" and math.random(0, 15) or math.random(8, 11))
  end))
end

-- Store kind and time of a request that is sent now, and return its text for wrk. `token`: nil for none.
function clients.send(kind, method, path, body, token)
  current, sent_ms = kind, clients.now_ms()
  local headers = {
    ["Content-Type"] = "application/json",
    ["Host"] = wrk.headers["Host"],
    ["Authorization"] = token and "Bearer " .. token,
  }
  return wrk.format(method, path, headers, body)
end

-- Record the answer to the last request; `accepted` says whether it was right.
function clients.received(accepted, status, body)
  if accepted then
    table.insert(_G["ms_" .. current], clients.now_ms() - sent_ms)
  else
    _G["failed_" .. current] = _G["failed_" .. current] + 1
    if first_failure == "" then first_failure = status .. " " .. string.sub(body, 1, 300) end
  end
end

local function quoted(text) return '"' .. text:gsub('[%c"\\]', "?") .. '"' end

-- Call as wrk's `done`: print one line of JSON.
function clients.done(kinds, summary)
  local parts, notes, first = {}, {}, ""
  for number, thread in ipairs(clients.threads) do
    local texts = {}
    for _, word in ipairs(clients.words(thread:get("noted"))) do table.insert(texts, quoted(word)) end
    table.insert(notes, quoted(tostring(number)) .. ": [" .. table.concat(texts, ",") .. "]")
  end
  for _, kind in ipairs(kinds) do
    local all, failed = {}, 0
    for _, thread in ipairs(clients.threads) do
      for _, ms in ipairs(thread:get("ms_" .. kind)) do table.insert(all, ms) end
      failed = failed + thread:get("failed_" .. kind)
      if first == "" then first = thread:get("first_failure") end
    end
    table.insert(parts, quoted(kind) .. ': {"ms": [' .. table.concat(all, ",") .. '], "failed": ' .. failed .. "}")
  end
  print(string.format('{"seconds": %.6f, "first_failure": %s, "noted": {%s}, "kinds": {%s}}',
    summary.duration / 1e6, quoted(first), table.concat(notes, ", "), table.concat(parts, ", ")))
end

return clients
