-- ARGV: topic, bit, how many, for how many ms. Hands out what is ready, in one step with its deadline.
-- Returns {now, deadline, left, member, deliveries before, ...}.
local topic, bit = tonumber(ARGV[1]), tonumber(ARGV[2])
local key = readyKey(topic, bit)
local got = redis.call('ZPOPMIN', key, ARGV[3])
local deadline = now + tonumber(ARGV[4])
local answer = {now, deadline, 0}
if #got == 0 then return answer end
local fields, puts = {}, {}
for i = 1, #got, 2 do
    fields[#fields + 1] = field(got[i], bit)
    puts[#puts + 1] = deadline
    puts[#puts + 1] = got[i] .. string.char(bit)
end
redis.call('ZADD', UNACKED, unpack(puts))
local tries = redis.call('HMGET', CNT, unpack(fields))
for i = 1, #fields do
    answer[#answer + 1] = got[i * 2 - 1]
    answer[#answer + 1] = tonumber(tries[i] or '0')
end
answer[3] = redis.call('ZCARD', key)
wakeFor(deadline)
return answer
