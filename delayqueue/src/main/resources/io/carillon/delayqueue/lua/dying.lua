-- ARGV: how many. What was tried as often as may be and is not noted in the truth yet: {member with bit, tries, ...}.
return redis.call('ZRANGE', DEAD, 0, tonumber(ARGV[1]) - 1, 'WITHSCORES')
