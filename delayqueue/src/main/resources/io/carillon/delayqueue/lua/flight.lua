-- ARGV: how many to look at. Returns {topic, bit, count, ...} of what is handed out. Where there is more than may be looked at,
-- how it spreads is judged by so many of them, taken at random.
local total, max = redis.call('ZCARD', UNACKED), tonumber(ARGV[1])
if total == 0 then return {} end
local seen = total <= max and redis.call('ZRANGE', UNACKED, 0, -1) or redis.call('ZRANDMEMBER', UNACKED, max)
local counts = {}
for _, own in ipairs(seen) do
    local of = string.sub(own, 9, 12) .. string.sub(own, 17, 17)
    counts[of] = (counts[of] or 0) + 1
end
local answer = {}
for of, count in pairs(counts) do
    answer[#answer + 1] = struct.unpack('>I4', of)
    answer[#answer + 1] = string.byte(of, 5)
    answer[#answer + 1] = math.floor(count * total / #seen + 0.5)
end
return answer
