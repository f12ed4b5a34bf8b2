-- ARGV: version, then topic, groups, ... ('' for no groups, '-' for a deleted topic). What this bucket knows of groups. Who read
-- them earlier may come later: an older version changes nothing.
local version = tonumber(ARGV[1])
for i = 2, #ARGV, 2 do
    local field = 'v' .. ARGV[i]
    if tonumber(redis.call('HGET', GROUPS, field) or '-1') <= version then
        redis.call('HSET', GROUPS, ARGV[i], ARGV[i + 1], field, ARGV[1])
    end
end
return 1
