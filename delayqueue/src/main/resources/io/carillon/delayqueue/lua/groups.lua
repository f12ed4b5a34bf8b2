-- ARGV: topic, groups, ... ('' for no groups, '-' for a deleted topic). What this bucket knows of groups.
-- That a topic is gone must be known for as long as something of it can wait here, which is no later than the horizon; a day
-- more is for what a node that did not know yet added, and for rows of it that are still being finished.
local AFTER_MS = 86400000
for i = 1, #ARGV, 2 do
    local topic, groups = ARGV[i], ARGV[i + 1]
    if groups == '-' then
        local horizon = tonumber(redis.call('GET', P .. ':horizon') or '-1')
        redis.call('SET', goneKey(topic), 1, 'PX', string.format('%.0f', math.max(horizon - now, 0) + AFTER_MS))
        redis.call('HDEL', GROUPS, topic)
    else
        redis.call('HSET', GROUPS, topic, groups)
    end
end
return 1
