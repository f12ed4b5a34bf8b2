-- ARGV: topic, bit or -1 for all, place, cursor, how many. Forgets what a group, or a whole topic, has here, so many entries at
-- a time, for meanwhile nobody else is served. What still waits for all groups goes when it is due. Places: 0 to 62 what is
-- ready for that bit; 63 what is handed out, 64 what is dead, 65 what waits for another try, each looked through by a cursor.
-- Begins at 0 and '0'; returns {place, cursor} to go on with, place 66 when all is looked through.
local topic, bit, place, most = tonumber(ARGV[1]), tonumber(ARGV[2]), tonumber(ARGV[3]), tonumber(ARGV[5])
local function forgetTries(fields)
    if #fields > 0 then redis.call('HDEL', CNT, unpack(fields)) end
end
while place <= 62 do
    if bit == place or bit == -1 then
        local key, fields = readyKey(topic, place), {}
        local got = redis.call('ZRANGE', key, 0, most - 1)
        if #got > 0 then
            for i, m in ipairs(got) do fields[i] = field(m, place) end
            redis.call('ZREMRANGEBYRANK', key, 0, #got - 1)
            forgetTries(fields)
            return {place, '0'}
        end
    end
    place = place + 1
end
local key = ({UNACKED, DEAD, DUE})[place - 62]
local page, mine, fields = redis.call('ZSCAN', key, ARGV[4], 'COUNT', most), {}, {}
for i = 1, #page[2], 2 do
    local own = page[2][i]
    if #own == 17 and topicOf(own) == topic and (bit == -1 or string.byte(own, 17) == bit) then
        mine[#mine + 1] = own
        fields[#fields + 1] = field(own, string.byte(own, 17))
    end
end
if #mine > 0 then redis.call('ZREM', key, unpack(mine)) end
forgetTries(fields)
if page[1] == '0' then place = place + 1 end
return {place, page[1]}
