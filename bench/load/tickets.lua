-- Issue a ticket, as a kiosk does. Arguments: the path, and the services, of which each request takes a random one.
local clients = require("clients")
local KINDS = { "ticket" }
local path, services
setup = clients.setup
function init(arguments)
  clients.init(KINDS)
  path, services = arguments[1], clients.words(arguments[2])
end
function request()
  return clients.send("ticket", "POST", path, string.format(
    '{"request_id": "%s", "service": "%s", "station": "kiosk-%d", "slip": true}',
    clients.request_id(), services[math.random(#services)], client))
end
function response(status, headers, body)
  clients.received(status == 201 and body:find('"number"', 1, true) ~= nil, status, body)
end
function done(summary) clients.done(KINDS, summary) end
