-- ARGV: node, ms, 'here' or 'gone'. Notes that a node lives and answers {now, the nodes that do ...}.
if ARGV[3] == 'gone' then
    redis.call('ZREM', P .. ':nodes', ARGV[1])
else
    redis.call('ZADD', P .. ':nodes', now, ARGV[1])
end
redis.call('ZREMRANGEBYSCORE', P .. ':nodes', '-inf', now - tonumber(ARGV[2]))
local answer = redis.call('ZRANGE', P .. ':nodes', 0, -1)
table.insert(answer, 1, now)
return answer
