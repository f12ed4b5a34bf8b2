-- ARGV: lease, ms ahead. Publishes how far this bucket's order is kept here, before what lies within is looked for.
-- Returns {now, old horizon or -1, new horizon}, or {-1}.
if redis.call('GET', P .. ':lease') ~= ARGV[1] then return {-1} end
local old = tonumber(redis.call('GET', P .. ':horizon') or '-1')
local new = now + tonumber(ARGV[2])
if old > new then new = old end
redis.call('SET', P .. ':horizon', string.format('%.0f', new))
return {now, old, new}
