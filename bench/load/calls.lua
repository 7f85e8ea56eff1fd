-- Each client is a clerk: issue a ticket, call the next one, start and finish it. So the queue keeps its length.
-- Arguments: the path of the API; the services, of which each ticket gets a random one; the seconds after which a clerk
-- stops, as soon as no ticket is open at the counter; and the tokens of each client's kiosk and of its counter station,
-- or nothing where the server asks for none. The called tickets are recorded.
local clients = require("clients")
local KINDS = { "ticket", "next", "start", "finish" }
local base, services, step, ticket, end_ms, kiosk, desk
setup = clients.setup
function init(arguments)
  clients.init(KINDS)
  base, services, step = arguments[1], clients.words(arguments[2]), 0
  end_ms = clients.now_ms() + tonumber(arguments[3]) * 1000
  kiosk, desk = clients.words(arguments[4])[client], clients.words(arguments[5])[client]
end
local function move(name, more)
  return clients.send(name, "POST", base .. "/tickets/" .. ticket .. "/moves", string.format(
    '{"request_id": "%s", "move": "%s", "counter": "c%d", "station": "desk-%d"%s}',
    clients.request_id(), name, client, client, more or ""), desk)
end
function request()
  local kind = KINDS[step % 4 + 1]
  if kind == "ticket" then
    return clients.send(kind, "POST", base .. "/tickets", string.format(
      '{"request_id": "%s", "service": "%s", "station": "lobby-%d", "slip": true}',
      clients.request_id(), services[math.random(#services)], client), kiosk)
  elseif kind == "next" then
    return clients.send(kind, "POST", base .. "/counters/c" .. client .. "/next", string.format(
      '{"request_id": "%s", "station": "desk-%d"}', clients.request_id(), client), desk)
  elseif kind == "start" then
    return move("start")
  end
  return move("finish", ', "outcome": "received"')
end
function response(status, headers, body)
  local kind = KINDS[step % 4 + 1]
  if kind == "next" then ticket = body:match('"id": ?"(t%-[^"]+)"') end
  local accepted = (status == 200 or status == 201) and (kind ~= "next" or ticket ~= nil)
  clients.received(accepted, status, body)
  if accepted and kind == "next" then clients.note(ticket) end
  if accepted then step = step + 1 end
  if step % 4 == 0 and clients.now_ms() > end_ms then wrk.thread:stop() end
end
function done(summary) clients.done(KINDS, summary) end
