-- Issue a ticket, as a kiosk does. Arguments: the path; the services, of which each request takes a random one; and the
-- token of each client's kiosk, or nothing where the server asks for none.
local clients = require("clients")
local KINDS = { "ticket" }
local path, services, token
setup = clients.setup
function init(arguments)
  clients.init(KINDS)
  path, services, token = arguments[1], clients.words(arguments[2]), clients.words(arguments[3])[client]
end
function request()
  return clients.send("ticket", "POST", path, string.format(
    '{"request_id": "%s", "service": "%s", "station": "lobby-%d", "slip": true}',
    clients.request_id(), services[math.random(#services)], client), token)
end
function response(status, headers, body)
  clients.received(status == 201 and body:find('"number"', 1, true) ~= nil, status, body)
end
function done(summary) clients.done(KINDS, summary) end
