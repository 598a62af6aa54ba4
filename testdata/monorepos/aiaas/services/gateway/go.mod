module example.com/gateway

go 1.22

require example.com/common v0.0.0

replace example.com/common => ../../libs/common
