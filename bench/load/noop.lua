-- Send a POST that does nothing: the cost of the web server alone.
local clients = require("clients")
local KINDS = { "noop" }
setup = clients.setup
function init() clients.init(KINDS) end
function request() return clients.send("noop", "POST", "/noop", '{"request_id": "' .. clients.request_id() .. '"}') end
function response(status, headers, body) clients.received(status == 200, status, body) end
function done(summary) clients.done(KINDS, summary) end
