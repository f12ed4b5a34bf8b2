-- ARGV: topic, bit, how many, for how many ms. Hands out what is ready, in one step with its deadline.
-- Returns {now, deadline, left, member, deliveries before, ...}.
local topic, bit = tonumber(ARGV[1]), tonumber(ARGV[2])
local key = readyKey(topic, bit)
-- Not ZPOPMIN: that would write out every score, which nobody reads.
local got = redis.call('ZRANGE', key, 0, math.max(1, tonumber(ARGV[3])) - 1)
local deadline = now + tonumber(ARGV[4])
local answer = {now, deadline, 0}
if #got == 0 then return answer end
redis.call('ZREMRANGEBYRANK', key, 0, #got - 1)
local fields, puts, suffix, at = {}, {}, string.char(bit), string.format('%d', deadline)
for i, m in ipairs(got) do
    fields[i] = field(m, bit)
    puts[2 * i - 1] = at
    puts[2 * i] = m .. suffix
end
redis.call('ZADD', UNACKED, unpack(puts))
local tries = failures(fields)
for i, m in ipairs(got) do
    answer[2 * i + 2] = m
    answer[2 * i + 3] = tries[i] or 0
end
answer[3] = redis.call('ZCARD', key)
wakeFor(deadline)
return answer
