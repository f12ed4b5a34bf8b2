-- ARGV: version, then topic, groups, ... ('' for no groups, '-' for a deleted topic). What this bucket knows of groups. Who read
-- them earlier may come later: an older version changes nothing.
-- That a topic is gone must be known for as long as something of it can wait here, which is no later than the horizon; a day
-- more is for what a node that did not know yet added, and for rows of it that are still being finished.
local AFTER_MS = 86400000
local version = tonumber(ARGV[1])
for i = 2, #ARGV, 2 do
    local topic, groups, field = ARGV[i], ARGV[i + 1], 'v' .. ARGV[i]
    local before = redis.call('HGET', GROUPS, field) or redis.call('GET', goneKey(topic)) or '-1'
    if tonumber(before) <= version then
        if groups == '-' then
            local horizon = tonumber(redis.call('GET', P .. ':horizon') or '-1')
            local ms = string.format('%.0f', math.max(horizon - now, 0) + AFTER_MS)
            redis.call('SET', goneKey(topic), ARGV[1], 'PX', ms)
            redis.call('HDEL', GROUPS, topic, field)
        else
            redis.call('HSET', GROUPS, topic, groups, field, ARGV[1])
        end
    end
end
return 1
