-- ARGV: member, 'cancel' or a new due time. Takes a message out of what waits and what is ready; the truth has changed
-- before. With a new due time that lies within the horizon, it waits again. Returns 1 when somebody has or had it.
local m, topic = ARGV[1], topicOf(ARGV[1])
local isOut = 0
for _, g in ipairs(groupsOf(topic)) do
    local own = m .. string.char(g[1])
    if redis.call('ZSCORE', UNACKED, own) or redis.call('HEXISTS', CNT, field(m, g[1])) == 1
            or redis.call('ZSCORE', DEAD, own) then
        isOut = 1
    end
end
if ARGV[2] ~= 'cancel' and isOut == 1 then return 1 end
for _, g in ipairs(groupsOf(topic)) do
    redis.call('ZREM', readyKey(topic, g[1]), m)
    redis.call('ZREM', DUE, m .. string.char(g[1]))
    redis.call('HDEL', CNT, field(m, g[1]))
end
redis.call('ZREM', DUE, m)
if ARGV[2] ~= 'cancel' then
    local due = tonumber(ARGV[2])
    if due <= tonumber(redis.call('GET', P .. ':horizon') or '-1') then
        redis.call('ZADD', DUE, due, m)
        wakeFor(due)
    end
end
return isOut
