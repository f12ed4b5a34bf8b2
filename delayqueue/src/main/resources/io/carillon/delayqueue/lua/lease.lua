-- ARGV: 'take' | 'keep' | 'free', lease (node:epoch), ms, epoch. 1 when the lease is this one's afterwards (for free: was).
-- An epoch that is not above every earlier one never gets a lease.
local key = P .. ':lease'
if ARGV[1] == 'take' then
    if redis.call('EXISTS', key) == 1 then return 0 end
    if tonumber(ARGV[4]) <= tonumber(redis.call('GET', P .. ':epoch') or '0') then return 0 end
    redis.call('SET', P .. ':epoch', ARGV[4])
    redis.call('SET', key, ARGV[2], 'PX', ARGV[3])
    return 1
end
if redis.call('GET', key) ~= ARGV[2] then return 0 end
if ARGV[1] == 'keep' then redis.call('PEXPIRE', key, ARGV[3]) else redis.call('DEL', key) end
return 1
