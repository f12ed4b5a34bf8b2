-- ARGV: topic, groups, ... ('' for no groups, '-' for a deleted topic). What this bucket knows of groups.
for i = 1, #ARGV, 2 do redis.call('HSET', GROUPS, ARGV[i], ARGV[i + 1]) end
return 1
