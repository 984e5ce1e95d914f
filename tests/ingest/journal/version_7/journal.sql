BEGIN TRANSACTION;
CREATE TABLE alert_sample (site TEXT PRIMARY KEY, body BLOB NOT NULL) STRICT, WITHOUT ROWID;
INSERT INTO "alert_sample" VALUES('lower',X'83A474696D65D6FF697E4320A56974656D7384A27068CB401CCCCCCCCCCCCDA2646FCB4020333333333333A46E68336ECB3FF4CCCCCCCCCCCDA5636F646D6ECB4008000000000000A46F76657290');
INSERT INTO "alert_sample" VALUES('upper',X'83A474696D65D6FF697E4320A56974656D7384A27068CB401CCCCCCCCCCCCDA2646FCB4020333333333333A46E68336ECB3FD999999999999AA5636F646D6ECB4008000000000000A46F76657290');
CREATE TABLE baseline (
        site TEXT NOT NULL,
        parameter TEXT NOT NULL,
        statistic TEXT NOT NULL,
        value REAL NOT NULL,
        time INTEGER NOT NULL,
        PRIMARY KEY (site, parameter, statistic)
    ) STRICT, WITHOUT ROWID;
INSERT INTO "baseline" VALUES('hourly','pm10','1h',63.3,1769886000000);
INSERT INTO "baseline" VALUES('lower','codmn','day',3.0,1769875200000);
INSERT INTO "baseline" VALUES('lower','nh3n','day',1.3,1769875200000);
INSERT INTO "baseline" VALUES('quick','pm10','1h',50.7,1769888400000);
INSERT INTO "baseline" VALUES('river-brook','codmn','day',3.0,1769875200000);
INSERT INTO "baseline" VALUES('river-brook','nh3n','day',0.85,1769875200000);
INSERT INTO "baseline" VALUES('upper','codmn','day',3.0,1769875200000);
INSERT INTO "baseline" VALUES('upper','nh3n','day',0.4,1769875200000);
INSERT INTO "baseline" VALUES('zone-quarter','pm10','1h',6.00666666666666699842e+01,1769886000000);
CREATE TABLE count (name TEXT PRIMARY KEY, value INTEGER NOT NULL) STRICT, WITHOUT ROWID;
INSERT INTO "count" VALUES('dropped',0);
INSERT INTO "count" VALUES('duplicate',2);
INSERT INTO "count" VALUES('inbox',3);
INSERT INTO "count" VALUES('items',298);
INSERT INTO "count" VALUES('late',2);
INSERT INTO "count" VALUES('notification:group:failed',51);
INSERT INTO "count" VALUES('notification:mqtt:sent',14);
INSERT INTO "count" VALUES('notification:wang-mail:sent',1);
INSERT INTO "count" VALUES('outgoing',32);
INSERT INTO "count" VALUES('processed',70);
INSERT INTO "count" VALUES('quarantined',4);
INSERT INTO "count" VALUES('received',73);
INSERT INTO "count" VALUES('refused:not_json',1);
INSERT INTO "count" VALUES('refused:oversize',1);
INSERT INTO "count" VALUES('refused:unknown_parameter',2);
INSERT INTO "count" VALUES('refused:unknown_site',1);
INSERT INTO "count" VALUES('revised',1);
INSERT INTO "count" VALUES('store_error:away',3);
INSERT INTO "count" VALUES('stored',259);
CREATE TABLE curve (
        episode TEXT NOT NULL, time INTEGER NOT NULL, value REAL NOT NULL, PRIMARY KEY (episode, time)
    ) STRICT, WITHOUT ROWID;
INSERT INTO "curve" VALUES('15fe8f37ade3',1769862000000,95.8);
INSERT INTO "curve" VALUES('15fe8f37ade3',1769863200000,93.7);
INSERT INTO "curve" VALUES('15fe8f37ade3',1769864400000,91.1);
INSERT INTO "curve" VALUES('15fe8f37ade3',1769865600000,88.5);
INSERT INTO "curve" VALUES('15fe8f37ade3',1769866800000,16.0);
INSERT INTO "curve" VALUES('15fe8f37ade3',1769868000000,13.9);
INSERT INTO "curve" VALUES('3d5b433fca04',1769878800000,30.3);
INSERT INTO "curve" VALUES('3d5b433fca04',1769882400000,32.9);
INSERT INTO "curve" VALUES('3d5b433fca04',1769886000000,28.3);
INSERT INTO "curve" VALUES('84b78db88520',1769878800000,30.3);
INSERT INTO "curve" VALUES('84b78db88520',1769882400000,32.9);
INSERT INTO "curve" VALUES('84b78db88520',1769886000000,28.3);
INSERT INTO "curve" VALUES('85e827f8574c',1769860800000,32.3);
INSERT INTO "curve" VALUES('85e827f8574c',1769864400000,26.1);
INSERT INTO "curve" VALUES('8a8ca216a659',1769882400000,30.3);
INSERT INTO "curve" VALUES('8a8ca216a659',1769886000000,32.9);
INSERT INTO "curve" VALUES('a714189f8a4b',1769869200000,700.0);
INSERT INTO "curve" VALUES('acd69d250004',1769860800000,32.3);
INSERT INTO "curve" VALUES('acd69d250004',1769864400000,26.1);
INSERT INTO "curve" VALUES('d4dcd999c358',1769864400000,32.3);
INSERT INTO "curve" VALUES('d4dcd999c358',1769868000000,26.1);
INSERT INTO "curve" VALUES('f426b22adcb1',1769883600000,97.1);
INSERT INTO "curve" VALUES('f426b22adcb1',1769884800000,95.5);
INSERT INTO "curve" VALUES('f426b22adcb1',1769886000000,93.3);
INSERT INTO "curve" VALUES('f426b22adcb1',1769887200000,90.7);
INSERT INTO "curve" VALUES('f426b22adcb1',1769888400000,88.1);
CREATE TABLE day_mean (                 -- 400 days
        site TEXT NOT NULL,
        parameter TEXT NOT NULL,
        day INTEGER NOT NULL,
        n INTEGER NOT NULL,
        total TEXT NOT NULL,
        PRIMARY KEY (site, parameter, day)
    ) STRICT, WITHOUT ROWID;
INSERT INTO "day_mean" VALUES('declared','o3',20484,6,'421300000');
INSERT INTO "day_mean" VALUES('declared','o3',20485,3,'221000000');
INSERT INTO "day_mean" VALUES('declared','pm25',20484,5,'131300000');
INSERT INTO "day_mean" VALUES('declared','pm25',20485,3,'86000000');
INSERT INTO "day_mean" VALUES('hourly','co',20484,7,'4200000');
INSERT INTO "day_mean" VALUES('hourly','co',20485,3,'1800000');
INSERT INTO "day_mean" VALUES('hourly','no2',20484,7,'69550000');
INSERT INTO "day_mean" VALUES('hourly','no2',20485,3,'38250000');
INSERT INTO "day_mean" VALUES('hourly','o3',20484,7,'559100000');
INSERT INTO "day_mean" VALUES('hourly','o3',20485,3,'256500000');
INSERT INTO "day_mean" VALUES('hourly','pm10',20484,7,'419100000');
INSERT INTO "day_mean" VALUES('hourly','pm10',20485,3,'196500000');
INSERT INTO "day_mean" VALUES('hourly','pm25',20484,7,'153100000');
INSERT INTO "day_mean" VALUES('hourly','pm25',20485,3,'82500000');
INSERT INTO "day_mean" VALUES('hourly','so2',20484,7,'56000000');
INSERT INTO "day_mean" VALUES('hourly','so2',20485,3,'24000000');
INSERT INTO "day_mean" VALUES('lower','codmn',20484,2,'6000000');
INSERT INTO "day_mean" VALUES('lower','codmn',20485,1,'3000000');
INSERT INTO "day_mean" VALUES('lower','do',20484,2,'16200000');
INSERT INTO "day_mean" VALUES('lower','do',20485,1,'8100000');
INSERT INTO "day_mean" VALUES('lower','nh3n',20484,2,'2600000');
INSERT INTO "day_mean" VALUES('lower','nh3n',20485,1,'1300000');
INSERT INTO "day_mean" VALUES('lower','ph',20484,2,'126191468896038649886872027324');
INSERT INTO "day_mean" VALUES('lower','ph',20485,1,'63095734448019324943436013662');
INSERT INTO "day_mean" VALUES('quick','co',20484,6,'3600000');
INSERT INTO "day_mean" VALUES('quick','co',20485,3,'1800000');
INSERT INTO "day_mean" VALUES('quick','no2',20484,6,'60350000');
INSERT INTO "day_mean" VALUES('quick','no2',20485,3,'110900000/3');
INSERT INTO "day_mean" VALUES('quick','o3',20484,6,'480700000');
INSERT INTO "day_mean" VALUES('quick','o3',20485,3,'761800000/3');
INSERT INTO "day_mean" VALUES('quick','pm10',20484,6,'1559500000/3');
INSERT INTO "day_mean" VALUES('quick','pm10',20485,3,'491800000/3');
INSERT INTO "day_mean" VALUES('quick','pm25',20484,6,'665150000/3');
INSERT INTO "day_mean" VALUES('quick','pm25',20485,3,'431800000/3');
INSERT INTO "day_mean" VALUES('quick','so2',20484,6,'48000000');
INSERT INTO "day_mean" VALUES('quick','so2',20485,3,'24000000');
INSERT INTO "day_mean" VALUES('river-brook','codmn',20484,2,'6000000');
INSERT INTO "day_mean" VALUES('river-brook','do',20484,2,'16200000');
INSERT INTO "day_mean" VALUES('river-brook','nh3n',20484,2,'1700000');
INSERT INTO "day_mean" VALUES('river-brook','ph',20484,2,'126191468896038649886872027324');
INSERT INTO "day_mean" VALUES('upper','codmn',20484,2,'6000000');
INSERT INTO "day_mean" VALUES('upper','codmn',20485,1,'3000000');
INSERT INTO "day_mean" VALUES('upper','do',20484,2,'16200000');
INSERT INTO "day_mean" VALUES('upper','do',20485,1,'8100000');
INSERT INTO "day_mean" VALUES('upper','nh3n',20484,2,'800000');
INSERT INTO "day_mean" VALUES('upper','nh3n',20485,1,'400000');
INSERT INTO "day_mean" VALUES('upper','ph',20484,2,'126191468896038649886872027324');
INSERT INTO "day_mean" VALUES('upper','ph',20485,1,'63095734448019324943436013662');
INSERT INTO "day_mean" VALUES('zone-competition','o3',20484,6,'421300000');
INSERT INTO "day_mean" VALUES('zone-competition','o3',20485,3,'221000000');
INSERT INTO "day_mean" VALUES('zone-competition','pm25',20484,5,'131300000');
INSERT INTO "day_mean" VALUES('zone-competition','pm25',20485,3,'86000000');
INSERT INTO "day_mean" VALUES('zone-quarter','co',20484,7,'4200000');
INSERT INTO "day_mean" VALUES('zone-quarter','co',20485,3,'1800000');
INSERT INTO "day_mean" VALUES('zone-quarter','no2',20484,7,'69950000');
INSERT INTO "day_mean" VALUES('zone-quarter','no2',20485,3,'112825000/3');
INSERT INTO "day_mean" VALUES('zone-quarter','o3',20484,7,'559900000');
INSERT INTO "day_mean" VALUES('zone-quarter','o3',20485,3,'765650000/3');
INSERT INTO "day_mean" VALUES('zone-quarter','pm10',20484,7,'1498400000/3');
INSERT INTO "day_mean" VALUES('zone-quarter','pm10',20485,3,'540650000/3');
INSERT INTO "day_mean" VALUES('zone-quarter','pm25',20484,7,'595225000/3');
INSERT INTO "day_mean" VALUES('zone-quarter','pm25',20485,3,'339650000/3');
INSERT INTO "day_mean" VALUES('zone-quarter','so2',20484,7,'56000000');
INSERT INTO "day_mean" VALUES('zone-quarter','so2',20485,3,'24000000');
CREATE TABLE episode (
        id TEXT PRIMARY KEY,
        rule TEXT NOT NULL,
        site TEXT NOT NULL,
        parameter TEXT NOT NULL,
        statistic TEXT NOT NULL,
        category TEXT NOT NULL,
        severity TEXT NOT NULL,             -- the gravest it had
        begun INTEGER NOT NULL,
        ended INTEGER,                      -- NULL while it is open
        reason TEXT NOT NULL,               -- why it began; once it is over, why it ended
        peak REAL NOT NULL,
        peak_at INTEGER NOT NULL,
        mean REAL NOT NULL,                 -- of the values beyond the limit
        n INTEGER NOT NULL,
        bound REAL NOT NULL,
        unit TEXT NOT NULL,
        historical INTEGER NOT NULL,        -- 1: nobody was woken for it
        acked_by TEXT NOT NULL DEFAULT '',
        acked_at INTEGER,
        note TEXT NOT NULL DEFAULT '',
        told_at INTEGER,                    -- clock time of the last notification
        tellings INTEGER NOT NULL DEFAULT 0,
        step INTEGER NOT NULL DEFAULT 0,    -- of the escalation
        stamp INTEGER NOT NULL,             -- of its last point in the store
        document TEXT NOT NULL              -- the last event, JSON
    ) STRICT;
INSERT INTO "episode" VALUES('85e827f8574c','pm25-reading','declared','pm25','reading','exceedance','watch',1769860800000,1769868000000,'clear',44.0,1769860800000,35.05,2,25.0,'µg/m³',0,'',NULL,'',NULL,0,0,1769868000000,'{"rule":"pm25-reading","site":"declared","parameter":"pm25","severity":"watch","category":"exceedance","state":"resolved","reason":"clear","since":"2026-01-31T20:00:00+08:00","time":"2026-01-31T22:00:00+08:00","value":18.9,"limit":25.0,"unit":"µg/m³","statistic":"reading","episode":"85e827f8574c","historical":false,"message":"[over] C: PM2.5 reading above the plan''s target value, back inside; peak 32.3 µg/m³, limit 25 µg/m³","text":{"zh":"【已解除】丙：PM2.5 单次读数高于规划目标值，恢复到限值以内；峰值 32.3 µg/m³，限值 25 µg/m³","en":"[over] C: PM2.5 reading above the plan''s target value, back inside; peak 32.3 µg/m³, limit 25 µg/m³"},"name":{"zh":"PM2.5 单次读数高于规划目标值","en":"PM2.5 reading above the plan''s target value"},"site_name":{"zh":"丙","en":"C"},"source":"pm25-competition","detail":"","by":"","note":"","test":false}');
INSERT INTO "episode" VALUES('acd69d250004','pm25-1h','declared','pm25','1h','exceedance','watch',1769860800000,1769868000000,'clear',44.0,1769860800000,35.05,2,25.0,'µg/m³',0,'',NULL,'',NULL,0,0,1769868000000,'{"rule":"pm25-1h","site":"declared","parameter":"pm25","severity":"watch","category":"exceedance","state":"resolved","reason":"clear","since":"2026-01-31T20:00:00+08:00","time":"2026-01-31T22:00:00+08:00","value":18.9,"limit":25.0,"unit":"µg/m³","statistic":"1h","episode":"acd69d250004","historical":false,"message":"[over] C: PM2.5 rolling 1 h mean above the plan''s target value, back inside; peak 32.3 µg/m³, limit 25 µg/m³","text":{"zh":"【已解除】丙：PM2.5 小时滑动均值高于规划目标值，恢复到限值以内；峰值 32.3 µg/m³，限值 25 µg/m³","en":"[over] C: PM2.5 rolling 1 h mean above the plan''s target value, back inside; peak 32.3 µg/m³, limit 25 µg/m³"},"name":{"zh":"PM2.5 小时滑动均值高于规划目标值","en":"PM2.5 rolling 1 h mean above the plan''s target value"},"site_name":{"zh":"丙","en":"C"},"source":"pm25-competition","detail":"","by":"","note":"","test":false}');
INSERT INTO "episode" VALUES('15fe8f37ade3','own-pm25','quick','pm25','reading','exceedance','warning',1769860800000,1769866800000,'clear',97.3,1769860800000,93.28,5,75.0,'µg/m³',0,'',NULL,'',1769862005000,1,1,1769869200000,'{"rule":"own-pm25","site":"quick","parameter":"pm25","severity":"warning","category":"exceedance","state":"resolved","reason":"clear","since":"2026-01-31T20:00:00+08:00","time":"2026-01-31T22:20:00+08:00","value":12.6,"limit":75.0,"unit":"µg/m³","statistic":"reading","episode":"15fe8f37ade3","historical":false,"message":"[over] B: PM2.5 high, back inside; peak 97.3 µg/m³, limit 75 µg/m³","text":{"zh":"【已解除】乙：PM2.5 高，恢复到限值以内；峰值 97.3 µg/m³，限值 75 µg/m³","en":"[over] B: PM2.5 high, back inside; peak 97.3 µg/m³, limit 75 µg/m³"},"name":{"zh":"PM2.5 高","en":"PM2.5 high"},"site_name":{"zh":"乙","en":"B"},"source":"own-pm25","detail":"","by":"","note":"","test":false}');
INSERT INTO "episode" VALUES('d4dcd999c358','pm25-1h','zone-competition','pm25','1h','exceedance','watch',1769864400000,1769871600000,'clear',44.0,1769864400000,35.05,2,25.0,'µg/m³',0,'',NULL,'',NULL,0,0,1769871600000,'{"rule":"pm25-1h","site":"zone-competition","parameter":"pm25","severity":"watch","category":"exceedance","state":"resolved","reason":"clear","since":"2026-01-31T21:00:00+08:00","time":"2026-01-31T23:00:00+08:00","value":18.9,"limit":25.0,"unit":"µg/m³","statistic":"1h","episode":"d4dcd999c358","historical":false,"message":"[over] Winter-Olympic competition zone (Chongli): PM2.5 rolling 1 h mean above the plan''s target value, back inside; peak 32.3 µg/m³, limit 25 µg/m³","text":{"zh":"【已解除】冬奥赛区（崇礼）：PM2.5 小时滑动均值高于规划目标值，恢复到限值以内；峰值 32.3 µg/m³，限值 25 µg/m³","en":"[over] Winter-Olympic competition zone (Chongli): PM2.5 rolling 1 h mean above the plan''s target value, back inside; peak 32.3 µg/m³, limit 25 µg/m³"},"name":{"zh":"PM2.5 小时滑动均值高于规划目标值","en":"PM2.5 rolling 1 h mean above the plan''s target value"},"site_name":{"zh":"冬奥赛区（崇礼）","en":"Winter-Olympic competition zone (Chongli)"},"source":"pm25-competition","detail":"","by":"","note":"","test":false}');
INSERT INTO "episode" VALUES('a714189f8a4b','own-surge','quick','pm10','reading','exceedance','watch',1769869200000,1769870400000,'clear',700.0,1769869200000,700.0,1,7.89900000000000090949e+02,'µg/m³',0,'',NULL,'',NULL,0,0,1769870400000,'{"rule":"own-surge","site":"quick","parameter":"pm10","severity":"watch","category":"exceedance","state":"resolved","reason":"clear","since":"2026-01-31T22:20:00+08:00","time":"2026-01-31T22:40:00+08:00","value":42.0,"limit":789.9000000000001,"unit":"µg/m³","statistic":"reading","episode":"a714189f8a4b","historical":false,"message":"[over] B: PM10 surge, back inside; peak 700 µg/m³, limit 789.9 µg/m³","text":{"zh":"【已解除】乙：PM10 骤升，恢复到限值以内；峰值 700 µg/m³，限值 789.9 µg/m³","en":"[over] B: PM10 surge, back inside; peak 700 µg/m³, limit 789.9 µg/m³"},"name":{"zh":"PM10 骤升","en":"PM10 surge"},"site_name":{"zh":"乙","en":"B"},"source":"","detail":"","by":"","note":"","test":false}');
INSERT INTO "episode" VALUES('84b78db88520','pm25-reading','declared','pm25','reading','exceedance','watch',1769878800000,NULL,'exceeded',32.9,1769882400000,30.5,3,25.0,'µg/m³',0,'',NULL,'',NULL,0,0,1769878800000,'{"rule":"pm25-reading","site":"declared","parameter":"pm25","severity":"watch","category":"exceedance","state":"firing","reason":"exceeded","since":"2026-02-01T01:00:00+08:00","time":"2026-02-01T01:00:00+08:00","value":30.3,"limit":25.0,"unit":"µg/m³","statistic":"reading","episode":"84b78db88520","historical":false,"message":"[watch] C: PM2.5 reading above the plan''s target value, PM2.5 reading 30.3 µg/m³, limit 25 µg/m³","text":{"zh":"【关注】丙：PM2.5 单次读数高于规划目标值，细颗粒物读数 30.3 µg/m³，限值 25 µg/m³","en":"[watch] C: PM2.5 reading above the plan''s target value, PM2.5 reading 30.3 µg/m³, limit 25 µg/m³"},"name":{"zh":"PM2.5 单次读数高于规划目标值","en":"PM2.5 reading above the plan''s target value"},"site_name":{"zh":"丙","en":"C"},"source":"pm25-competition","detail":"","by":"","note":"","test":false}');
INSERT INTO "episode" VALUES('3d5b433fca04','pm25-1h','declared','pm25','1h','exceedance','watch',1769878800000,NULL,'exceeded',32.9,1769882400000,30.5,3,25.0,'µg/m³',0,'',NULL,'',NULL,0,0,1769878800000,'{"rule":"pm25-1h","site":"declared","parameter":"pm25","severity":"watch","category":"exceedance","state":"firing","reason":"exceeded","since":"2026-02-01T01:00:00+08:00","time":"2026-02-01T01:00:00+08:00","value":30.3,"limit":25.0,"unit":"µg/m³","statistic":"1h","episode":"3d5b433fca04","historical":false,"message":"[watch] C: PM2.5 rolling 1 h mean above the plan''s target value, PM2.5 rolling 1 h mean 30.3 µg/m³, limit 25 µg/m³","text":{"zh":"【关注】丙：PM2.5 小时滑动均值高于规划目标值，细颗粒物1小时滑动均值 30.3 µg/m³，限值 25 µg/m³","en":"[watch] C: PM2.5 rolling 1 h mean above the plan''s target value, PM2.5 rolling 1 h mean 30.3 µg/m³, limit 25 µg/m³"},"name":{"zh":"PM2.5 小时滑动均值高于规划目标值","en":"PM2.5 rolling 1 h mean above the plan''s target value"},"site_name":{"zh":"丙","en":"C"},"source":"pm25-competition","detail":"","by":"","note":"","test":false}');
INSERT INTO "episode" VALUES('8a8ca216a659','pm25-1h','zone-competition','pm25','1h','exceedance','watch',1769882400000,NULL,'exceeded',32.9,1769886000000,31.6,2,25.0,'µg/m³',0,'',NULL,'',NULL,0,0,1769882400000,'{"rule":"pm25-1h","site":"zone-competition","parameter":"pm25","severity":"watch","category":"exceedance","state":"firing","reason":"exceeded","since":"2026-02-01T02:00:00+08:00","time":"2026-02-01T02:00:00+08:00","value":30.3,"limit":25.0,"unit":"µg/m³","statistic":"1h","episode":"8a8ca216a659","historical":false,"message":"[watch] Winter-Olympic competition zone (Chongli): PM2.5 rolling 1 h mean above the plan''s target value, PM2.5 rolling 1 h mean 30.3 µg/m³, limit 25 µg/m³","text":{"zh":"【关注】冬奥赛区（崇礼）：PM2.5 小时滑动均值高于规划目标值，细颗粒物1小时滑动均值 30.3 µg/m³，限值 25 µg/m³","en":"[watch] Winter-Olympic competition zone (Chongli): PM2.5 rolling 1 h mean above the plan''s target value, PM2.5 rolling 1 h mean 30.3 µg/m³, limit 25 µg/m³"},"name":{"zh":"PM2.5 小时滑动均值高于规划目标值","en":"PM2.5 rolling 1 h mean above the plan''s target value"},"site_name":{"zh":"冬奥赛区（崇礼）","en":"Winter-Olympic competition zone (Chongli)"},"source":"pm25-competition","detail":"","by":"","note":"","test":false}');
INSERT INTO "episode" VALUES('f426b22adcb1','own-pm25','quick','pm25','reading','exceedance','warning',1769882400000,NULL,'exceeded',97.9,1769882400000,9.37666666666666657158e+01,6,75.0,'µg/m³',0,'',NULL,'',1769883605000,1,1,1769883600000,'{"rule":"own-pm25","site":"quick","parameter":"pm25","severity":"warning","category":"exceedance","state":"firing","reason":"exceeded","since":"2026-02-01T02:00:00+08:00","time":"2026-02-01T02:20:00+08:00","value":97.1,"limit":75.0,"unit":"µg/m³","statistic":"reading","episode":"f426b22adcb1","historical":false,"message":"[warning] B: PM2.5 high, PM2.5 reading 97.1 µg/m³, limit 75 µg/m³","text":{"zh":"【警告】乙：PM2.5 高，细颗粒物读数 97.1 µg/m³，限值 75 µg/m³","en":"[warning] B: PM2.5 high, PM2.5 reading 97.1 µg/m³, limit 75 µg/m³"},"name":{"zh":"PM2.5 高","en":"PM2.5 high"},"site_name":{"zh":"乙","en":"B"},"source":"own-pm25","detail":"","by":"","note":"","test":false}');
CREATE TABLE head (
        site TEXT NOT NULL,
        parameter TEXT NOT NULL,
        fed INTEGER NOT NULL,               -- grows with every change
        body BLOB NOT NULL,
        PRIMARY KEY (site, parameter)
    ) STRICT, WITHOUT ROWID;
INSERT INTO "head" VALUES('declared','o3',11,X'84A5756E74696CCF0000019C156D2380A6636C6F736564CE0007807BA6726563656E74C4156980236D159C01000080EE36000000000020785E04A46F70656E9193CE0007807B01CE045E7820');
INSERT INTO "head" VALUES('declared','pm25',11,X'84A5756E74696CCF0000019C156D2380A6636C6F736564CE0007807BA6726563656E74C4156980236D159C01000080EE360000000000E0D2AF01A46F70656E9193CE0007807B01CE01AFD2E0');
INSERT INTO "head" VALUES('hourly','co',10,X'84A5756E74696CCF0000019C156D2380A6636C6F736564CE0007807BA6726563656E74C4156980236D159C01000080EE360000000000C0270900A46F70656E90');
INSERT INTO "head" VALUES('hourly','no2',11,X'84A5756E74696CCF0000019C158896D8A6636C6F736564CE0007807BA6726563656E74C41569D89688159C01000058731B0000000000E079AF00A46F70656E9193CE0007807B01CE00AF79E0');
INSERT INTO "head" VALUES('hourly','o3',10,X'84A5756E74696CCF0000019C156D2380A6636C6F736564CE0007807BA6726563656E74C4156980236D159C01000080EE360000000000A00EF704A46F70656E90');
INSERT INTO "head" VALUES('hourly','pm10',10,X'84A5756E74696CCF0000019C156D2380A6636C6F736564CE0007807BA6726563656E74C4156980236D159C01000080EE360000000000A0E1C503A46F70656E90');
INSERT INTO "head" VALUES('hourly','pm25',10,X'84A5756E74696CCF0000019C156D2380A6636C6F736564CE0007807BA6726563656E74C4156980236D159C01000080EE360000000000200C8201A46F70656E90');
INSERT INTO "head" VALUES('hourly','so2',10,X'84A5756E74696CCF0000019C156D2380A6636C6F736564CE0007807BA6726563656E74C4156980236D159C01000080EE36000000000000127A00A46F70656E90');
INSERT INTO "head" VALUES('lower','codmn',3,X'84A5756E74696CCF0000019C15363500A6636C6F736564CE0007807AA6726563656E7490A46F70656E90');
INSERT INTO "head" VALUES('lower','do',3,X'84A5756E74696CCF0000019C15363500A6636C6F736564CE0007807AA6726563656E7490A46F70656E90');
INSERT INTO "head" VALUES('lower','nh3n',3,X'84A5756E74696CCF0000019C15363500A6636C6F736564CE0007807AA6726563656E7490A46F70656E90');
INSERT INTO "head" VALUES('lower','ph',3,X'84A5756E74696CCF0000019C15363500A6636C6F736564CE0007807AA6726563656E7490A46F70656E90');
INSERT INTO "head" VALUES('quick','co',31,X'84A5756E74696CCF0000019C1591C280A6636C6F736564CE0007807BA6726563656E74C44D69003536159C0100000000000000000000003536159C010000808448159C01000000D45A159C01000080236D159C01000080C291159C010000C0270900C0270900C0270900C0270900C0270900A46F70656E9193CE0007807B02CE00124F80');
INSERT INTO "head" VALUES('quick','no2',31,X'84A5756E74696CCF0000019C1591C280A6636C6F736564CE0007807BA6726563656E74C42969003536159C010000804F12000000000030DCD400B0C1CE00B08CC200D0C3B100B0ED9D0090178A00A46F70656E9193CE0007807B03CE01D9C910');
INSERT INTO "head" VALUES('quick','o3',31,X'84A5756E74696CCF0000019C1591C280A6636C6F736564CE0007807BA6726563656E74C42969003536159C010000804F120000000000603F3D05600A310560A01805A00EF7046062CF0420B6A704A46F70656E9193CE0007807B03CE0E6E2720');
INSERT INTO "head" VALUES('quick','pm10',31,X'84A5756E74696CCF0000019C1591C280A6636C6F736564CE0007807BA6726563656E74C42969003536159C010000804F120000000000E07B7303E0466703E0DC4E03204B2D03E09E0503A0F2DD02A46F70656E9193CE0007807B03CE0910DCA0');
INSERT INTO "head" VALUES('quick','pm25',31,X'84A5756E74696CCF0000019C1591C280A6636C6F736564CE0007807BA6726563656E74C42969003536159C010000804F120000000000E0D5D505E0A0C905E036B10520A58F05E0F86705A04C4005A46F70656E9193CE0007807B03CE1037EAA0');
INSERT INTO "head" VALUES('quick','so2',31,X'84A5756E74696CCF0000019C1591C280A6636C6F736564CE0007807BA6726563656E74C44D69003536159C0100000000000000000000003536159C010000808448159C01000000D45A159C01000000737F159C01000080C291159C01000000127A0000127A0000127A0000127A0000127A00A46F70656E9193CE0007807B02CE00F42400');
INSERT INTO "head" VALUES('river-brook','codmn',6,X'84A5756E74696CCF0000019C15363500A6636C6F736564CE0007807AA6726563656E7490A46F70656E9193CE0007807A02CE005B8D80');
INSERT INTO "head" VALUES('river-brook','do',6,X'84A5756E74696CCF0000019C15363500A6636C6F736564CE0007807AA6726563656E7490A46F70656E9193CE0007807A02CE00F73140');
INSERT INTO "head" VALUES('river-brook','nh3n',6,X'84A5756E74696CCF0000019C15363500A6636C6F736564CE0007807AA6726563656E7490A46F70656E9193CE0007807A02CE0019F0A0');
INSERT INTO "head" VALUES('river-brook','ph',6,X'84A5756E74696CCF0000019C15363500A6636C6F736564CE0007807AA6726563656E7490A46F70656E9193CE0007807A02BE313236313931343638383936303338363439383836383732303237333234');
INSERT INTO "head" VALUES('upper','codmn',3,X'84A5756E74696CCF0000019C15363500A6636C6F736564CE0007807AA6726563656E7490A46F70656E90');
INSERT INTO "head" VALUES('upper','do',3,X'84A5756E74696CCF0000019C15363500A6636C6F736564CE0007807AA6726563656E7490A46F70656E90');
INSERT INTO "head" VALUES('upper','nh3n',3,X'84A5756E74696CCF0000019C15363500A6636C6F736564CE0007807AA6726563656E7490A46F70656E90');
INSERT INTO "head" VALUES('upper','ph',3,X'84A5756E74696CCF0000019C15363500A6636C6F736564CE0007807AA6726563656E7490A46F70656E90');
INSERT INTO "head" VALUES('zone-competition','o3',11,X'84A5756E74696CCF0000019C156D2380A6636C6F736564CE0007807BA6726563656E7490A46F70656E90');
INSERT INTO "head" VALUES('zone-competition','pm25',11,X'84A5756E74696CCF0000019C156D2380A6636C6F736564CE0007807BA6726563656E7490A46F70656E90');
INSERT INTO "head" VALUES('zone-quarter','co',21,X'84A5756E74696CCF0000019C156D2380A6636C6F736564CE0007807BA6726563656E7490A46F70656E90');
INSERT INTO "head" VALUES('zone-quarter','no2',21,X'84A5756E74696CCF0000019C156D2380A6636C6F736564CE0007807BA6726563656E7490A46F70656E90');
INSERT INTO "head" VALUES('zone-quarter','o3',21,X'84A5756E74696CCF0000019C156D2380A6636C6F736564CE0007807BA6726563656E7490A46F70656E90');
INSERT INTO "head" VALUES('zone-quarter','pm10',21,X'84A5756E74696CCF0000019C156D2380A6636C6F736564CE0007807BA6726563656E7490A46F70656E90');
INSERT INTO "head" VALUES('zone-quarter','pm25',21,X'84A5756E74696CCF0000019C156D2380A6636C6F736564CE0007807BA6726563656E7490A46F70656E90');
INSERT INTO "head" VALUES('zone-quarter','so2',21,X'84A5756E74696CCF0000019C156D2380A6636C6F736564CE0007807BA6726563656E7490A46F70656E90');
CREATE TABLE heard (site TEXT PRIMARY KEY, received INTEGER NOT NULL) STRICT, WITHOUT ROWID;
INSERT INTO "heard" VALUES('declared',1769888580000);
INSERT INTO "heard" VALUES('hourly',1769889599000);
INSERT INTO "heard" VALUES('lower',1769882405000);
INSERT INTO "heard" VALUES('quick',1769888580000);
INSERT INTO "heard" VALUES('upper',1769882405000);
CREATE TABLE hour_sum (                 -- 48 hours that are over
        site TEXT NOT NULL,
        parameter TEXT NOT NULL,
        hour INTEGER NOT NULL,              -- since 1970-01-01 00:00 in Asia/Shanghai, as days and months
        n INTEGER NOT NULL,
        total TEXT NOT NULL,                -- an exact sum: 31200000 or 1234567/10
        PRIMARY KEY (site, parameter, hour)
    ) STRICT, WITHOUT ROWID;
INSERT INTO "hour_sum" VALUES('declared','o3',491634,1,'70000000');
INSERT INTO "hour_sum" VALUES('declared','o3',491635,1,'76700000');
INSERT INTO "hour_sum" VALUES('declared','o3',491636,1,'77300000');
INSERT INTO "hour_sum" VALUES('declared','o3',491637,1,'71100000');
INSERT INTO "hour_sum" VALUES('declared','o3',491638,1,'63900000');
INSERT INTO "hour_sum" VALUES('declared','o3',491639,1,'62300000');
INSERT INTO "hour_sum" VALUES('declared','o3',491640,1,'67800000');
INSERT INTO "hour_sum" VALUES('declared','o3',491641,1,'75300000');
INSERT INTO "hour_sum" VALUES('declared','o3',491642,1,'77900000');
INSERT INTO "hour_sum" VALUES('declared','pm25',491634,1,'25000000');
INSERT INTO "hour_sum" VALUES('declared','pm25',491636,1,'44000000');
INSERT INTO "hour_sum" VALUES('declared','pm25',491637,1,'26100000');
INSERT INTO "hour_sum" VALUES('declared','pm25',491638,1,'18900000');
INSERT INTO "hour_sum" VALUES('declared','pm25',491639,1,'17300000');
INSERT INTO "hour_sum" VALUES('declared','pm25',491640,1,'22800000');
INSERT INTO "hour_sum" VALUES('declared','pm25',491641,1,'30300000');
INSERT INTO "hour_sum" VALUES('declared','pm25',491642,1,'32900000');
INSERT INTO "hour_sum" VALUES('hourly','co',491633,1,'600000');
INSERT INTO "hour_sum" VALUES('hourly','co',491634,1,'600000');
INSERT INTO "hour_sum" VALUES('hourly','co',491635,1,'600000');
INSERT INTO "hour_sum" VALUES('hourly','co',491636,1,'600000');
INSERT INTO "hour_sum" VALUES('hourly','co',491637,1,'600000');
INSERT INTO "hour_sum" VALUES('hourly','co',491638,1,'600000');
INSERT INTO "hour_sum" VALUES('hourly','co',491639,1,'600000');
INSERT INTO "hour_sum" VALUES('hourly','co',491640,1,'600000');
INSERT INTO "hour_sum" VALUES('hourly','co',491641,1,'600000');
INSERT INTO "hour_sum" VALUES('hourly','co',491642,1,'600000');
INSERT INTO "hour_sum" VALUES('hourly','no2',491633,1,'10000000');
INSERT INTO "hour_sum" VALUES('hourly','no2',491634,1,'13350000');
INSERT INTO "hour_sum" VALUES('hourly','no2',491635,1,'13650000');
INSERT INTO "hour_sum" VALUES('hourly','no2',491636,1,'10550000');
INSERT INTO "hour_sum" VALUES('hourly','no2',491637,1,'6950000');
INSERT INTO "hour_sum" VALUES('hourly','no2',491638,1,'6150000');
INSERT INTO "hour_sum" VALUES('hourly','no2',491639,1,'8900000');
INSERT INTO "hour_sum" VALUES('hourly','no2',491640,1,'12650000');
INSERT INTO "hour_sum" VALUES('hourly','no2',491641,1,'13950000');
INSERT INTO "hour_sum" VALUES('hourly','no2',491642,1,'11650000');
INSERT INTO "hour_sum" VALUES('hourly','o3',491633,1,'80000000');
INSERT INTO "hour_sum" VALUES('hourly','o3',491634,1,'86700000');
INSERT INTO "hour_sum" VALUES('hourly','o3',491635,1,'87300000');
INSERT INTO "hour_sum" VALUES('hourly','o3',491636,1,'81100000');
INSERT INTO "hour_sum" VALUES('hourly','o3',491637,1,'73900000');
INSERT INTO "hour_sum" VALUES('hourly','o3',491638,1,'72300000');
INSERT INTO "hour_sum" VALUES('hourly','o3',491639,1,'77800000');
INSERT INTO "hour_sum" VALUES('hourly','o3',491640,1,'85300000');
INSERT INTO "hour_sum" VALUES('hourly','o3',491641,1,'87900000');
INSERT INTO "hour_sum" VALUES('hourly','o3',491642,1,'83300000');
INSERT INTO "hour_sum" VALUES('hourly','pm10',491633,1,'60000000');
INSERT INTO "hour_sum" VALUES('hourly','pm10',491634,1,'66700000');
INSERT INTO "hour_sum" VALUES('hourly','pm10',491635,1,'67300000');
INSERT INTO "hour_sum" VALUES('hourly','pm10',491636,1,'61100000');
INSERT INTO "hour_sum" VALUES('hourly','pm10',491637,1,'53900000');
INSERT INTO "hour_sum" VALUES('hourly','pm10',491638,1,'52300000');
INSERT INTO "hour_sum" VALUES('hourly','pm10',491639,1,'57800000');
INSERT INTO "hour_sum" VALUES('hourly','pm10',491640,1,'65300000');
INSERT INTO "hour_sum" VALUES('hourly','pm10',491641,1,'67900000');
INSERT INTO "hour_sum" VALUES('hourly','pm10',491642,1,'63300000');
INSERT INTO "hour_sum" VALUES('hourly','pm25',491633,1,'22000000');
INSERT INTO "hour_sum" VALUES('hourly','pm25',491634,1,'28700000');
INSERT INTO "hour_sum" VALUES('hourly','pm25',491635,1,'29300000');
INSERT INTO "hour_sum" VALUES('hourly','pm25',491636,1,'23100000');
INSERT INTO "hour_sum" VALUES('hourly','pm25',491637,1,'15900000');
INSERT INTO "hour_sum" VALUES('hourly','pm25',491638,1,'14300000');
INSERT INTO "hour_sum" VALUES('hourly','pm25',491639,1,'19800000');
INSERT INTO "hour_sum" VALUES('hourly','pm25',491640,1,'27300000');
INSERT INTO "hour_sum" VALUES('hourly','pm25',491641,1,'29900000');
INSERT INTO "hour_sum" VALUES('hourly','pm25',491642,1,'25300000');
INSERT INTO "hour_sum" VALUES('hourly','so2',491633,1,'8000000');
INSERT INTO "hour_sum" VALUES('hourly','so2',491634,1,'8000000');
INSERT INTO "hour_sum" VALUES('hourly','so2',491635,1,'8000000');
INSERT INTO "hour_sum" VALUES('hourly','so2',491636,1,'8000000');
INSERT INTO "hour_sum" VALUES('hourly','so2',491637,1,'8000000');
INSERT INTO "hour_sum" VALUES('hourly','so2',491638,1,'8000000');
INSERT INTO "hour_sum" VALUES('hourly','so2',491639,1,'8000000');
INSERT INTO "hour_sum" VALUES('hourly','so2',491640,1,'8000000');
INSERT INTO "hour_sum" VALUES('hourly','so2',491641,1,'8000000');
INSERT INTO "hour_sum" VALUES('hourly','so2',491642,1,'8000000');
INSERT INTO "hour_sum" VALUES('lower','codmn',491634,1,'3000000');
INSERT INTO "hour_sum" VALUES('lower','codmn',491638,1,'3000000');
INSERT INTO "hour_sum" VALUES('lower','codmn',491642,1,'3000000');
INSERT INTO "hour_sum" VALUES('lower','do',491634,1,'8100000');
INSERT INTO "hour_sum" VALUES('lower','do',491638,1,'8100000');
INSERT INTO "hour_sum" VALUES('lower','do',491642,1,'8100000');
INSERT INTO "hour_sum" VALUES('lower','nh3n',491634,1,'1300000');
INSERT INTO "hour_sum" VALUES('lower','nh3n',491638,1,'1300000');
INSERT INTO "hour_sum" VALUES('lower','nh3n',491642,1,'1300000');
INSERT INTO "hour_sum" VALUES('lower','ph',491634,1,'63095734448019324943436013662');
INSERT INTO "hour_sum" VALUES('lower','ph',491638,1,'63095734448019324943436013662');
INSERT INTO "hour_sum" VALUES('lower','ph',491642,1,'63095734448019324943436013662');
INSERT INTO "hour_sum" VALUES('quick','co',491634,3,'1800000');
INSERT INTO "hour_sum" VALUES('quick','co',491635,3,'1800000');
INSERT INTO "hour_sum" VALUES('quick','co',491636,3,'1800000');
INSERT INTO "hour_sum" VALUES('quick','co',491637,3,'1800000');
INSERT INTO "hour_sum" VALUES('quick','co',491638,3,'1800000');
INSERT INTO "hour_sum" VALUES('quick','co',491639,3,'1800000');
INSERT INTO "hour_sum" VALUES('quick','co',491640,3,'1800000');
INSERT INTO "hour_sum" VALUES('quick','co',491641,3,'1800000');
INSERT INTO "hour_sum" VALUES('quick','co',491642,3,'1800000');
INSERT INTO "hour_sum" VALUES('quick','no2',491634,3,'33750000');
INSERT INTO "hour_sum" VALUES('quick','no2',491635,3,'41250000');
INSERT INTO "hour_sum" VALUES('quick','no2',491636,3,'38400000');
INSERT INTO "hour_sum" VALUES('quick','no2',491637,3,'27800000');
INSERT INTO "hour_sum" VALUES('quick','no2',491638,3,'19250000');
INSERT INTO "hour_sum" VALUES('quick','no2',491639,3,'20600000');
INSERT INTO "hour_sum" VALUES('quick','no2',491640,3,'30600000');
INSERT INTO "hour_sum" VALUES('quick','no2',491641,3,'40050000');
INSERT INTO "hour_sum" VALUES('quick','no2',491642,3,'40250000');
INSERT INTO "hour_sum" VALUES('quick','o3',491634,3,'247500000');
INSERT INTO "hour_sum" VALUES('quick','o3',491635,3,'262500000');
INSERT INTO "hour_sum" VALUES('quick','o3',491636,3,'256800000');
INSERT INTO "hour_sum" VALUES('quick','o3',491637,3,'235600000');
INSERT INTO "hour_sum" VALUES('quick','o3',491638,3,'218500000');
INSERT INTO "hour_sum" VALUES('quick','o3',491639,3,'221200000');
INSERT INTO "hour_sum" VALUES('quick','o3',491640,3,'241200000');
INSERT INTO "hour_sum" VALUES('quick','o3',491641,3,'260100000');
INSERT INTO "hour_sum" VALUES('quick','o3',491642,3,'260500000');
INSERT INTO "hour_sum" VALUES('quick','pm10',491634,3,'157500000');
INSERT INTO "hour_sum" VALUES('quick','pm10',491635,3,'172500000');
INSERT INTO "hour_sum" VALUES('quick','pm10',491636,3,'166800000');
INSERT INTO "hour_sum" VALUES('quick','pm10',491637,3,'145600000');
INSERT INTO "hour_sum" VALUES('quick','pm10',491638,3,'785900000');
INSERT INTO "hour_sum" VALUES('quick','pm10',491639,3,'131200000');
INSERT INTO "hour_sum" VALUES('quick','pm10',491640,3,'151200000');
INSERT INTO "hour_sum" VALUES('quick','pm10',491641,3,'170100000');
INSERT INTO "hour_sum" VALUES('quick','pm10',491642,3,'170500000');
INSERT INTO "hour_sum" VALUES('quick','pm25',491634,3,'67500000');
INSERT INTO "hour_sum" VALUES('quick','pm25',491635,3,'82500000');
INSERT INTO "hour_sum" VALUES('quick','pm25',491636,4,'319800000');
INSERT INTO "hour_sum" VALUES('quick','pm25',491637,3,'195600000');
INSERT INTO "hour_sum" VALUES('quick','pm25',491638,3,'38500000');
INSERT INTO "hour_sum" VALUES('quick','pm25',491639,3,'41200000');
INSERT INTO "hour_sum" VALUES('quick','pm25',491640,3,'61200000');
INSERT INTO "hour_sum" VALUES('quick','pm25',491641,3,'80100000');
INSERT INTO "hour_sum" VALUES('quick','pm25',491642,3,'290500000');
INSERT INTO "hour_sum" VALUES('quick','so2',491634,3,'24000000');
INSERT INTO "hour_sum" VALUES('quick','so2',491635,3,'24000000');
INSERT INTO "hour_sum" VALUES('quick','so2',491636,3,'24000000');
INSERT INTO "hour_sum" VALUES('quick','so2',491637,3,'24000000');
INSERT INTO "hour_sum" VALUES('quick','so2',491638,3,'24000000');
INSERT INTO "hour_sum" VALUES('quick','so2',491639,3,'24000000');
INSERT INTO "hour_sum" VALUES('quick','so2',491640,3,'24000000');
INSERT INTO "hour_sum" VALUES('quick','so2',491641,3,'24000000');
INSERT INTO "hour_sum" VALUES('quick','so2',491642,3,'24000000');
INSERT INTO "hour_sum" VALUES('river-brook','codmn',491634,2,'6000000');
INSERT INTO "hour_sum" VALUES('river-brook','codmn',491638,2,'6000000');
INSERT INTO "hour_sum" VALUES('river-brook','do',491634,2,'16200000');
INSERT INTO "hour_sum" VALUES('river-brook','do',491638,2,'16200000');
INSERT INTO "hour_sum" VALUES('river-brook','nh3n',491634,2,'1700000');
INSERT INTO "hour_sum" VALUES('river-brook','nh3n',491638,2,'1700000');
INSERT INTO "hour_sum" VALUES('river-brook','ph',491634,2,'126191468896038649886872027324');
INSERT INTO "hour_sum" VALUES('river-brook','ph',491638,2,'126191468896038649886872027324');
INSERT INTO "hour_sum" VALUES('upper','codmn',491634,1,'3000000');
INSERT INTO "hour_sum" VALUES('upper','codmn',491638,1,'3000000');
INSERT INTO "hour_sum" VALUES('upper','codmn',491642,1,'3000000');
INSERT INTO "hour_sum" VALUES('upper','do',491634,1,'8100000');
INSERT INTO "hour_sum" VALUES('upper','do',491638,1,'8100000');
INSERT INTO "hour_sum" VALUES('upper','do',491642,1,'8100000');
INSERT INTO "hour_sum" VALUES('upper','nh3n',491634,1,'400000');
INSERT INTO "hour_sum" VALUES('upper','nh3n',491638,1,'400000');
INSERT INTO "hour_sum" VALUES('upper','nh3n',491642,1,'400000');
INSERT INTO "hour_sum" VALUES('upper','ph',491634,1,'63095734448019324943436013662');
INSERT INTO "hour_sum" VALUES('upper','ph',491638,1,'63095734448019324943436013662');
INSERT INTO "hour_sum" VALUES('upper','ph',491642,1,'63095734448019324943436013662');
INSERT INTO "hour_sum" VALUES('zone-competition','o3',491634,1,'70000000');
INSERT INTO "hour_sum" VALUES('zone-competition','o3',491635,1,'76700000');
INSERT INTO "hour_sum" VALUES('zone-competition','o3',491636,1,'77300000');
INSERT INTO "hour_sum" VALUES('zone-competition','o3',491637,1,'71100000');
INSERT INTO "hour_sum" VALUES('zone-competition','o3',491638,1,'63900000');
INSERT INTO "hour_sum" VALUES('zone-competition','o3',491639,1,'62300000');
INSERT INTO "hour_sum" VALUES('zone-competition','o3',491640,1,'67800000');
INSERT INTO "hour_sum" VALUES('zone-competition','o3',491641,1,'75300000');
INSERT INTO "hour_sum" VALUES('zone-competition','o3',491642,1,'77900000');
INSERT INTO "hour_sum" VALUES('zone-competition','pm25',491634,1,'25000000');
INSERT INTO "hour_sum" VALUES('zone-competition','pm25',491636,1,'44000000');
INSERT INTO "hour_sum" VALUES('zone-competition','pm25',491637,1,'26100000');
INSERT INTO "hour_sum" VALUES('zone-competition','pm25',491638,1,'18900000');
INSERT INTO "hour_sum" VALUES('zone-competition','pm25',491639,1,'17300000');
INSERT INTO "hour_sum" VALUES('zone-competition','pm25',491640,1,'22800000');
INSERT INTO "hour_sum" VALUES('zone-competition','pm25',491641,1,'30300000');
INSERT INTO "hour_sum" VALUES('zone-competition','pm25',491642,1,'32900000');
INSERT INTO "hour_sum" VALUES('zone-quarter','co',491633,1,'600000');
INSERT INTO "hour_sum" VALUES('zone-quarter','co',491634,2,'1200000');
INSERT INTO "hour_sum" VALUES('zone-quarter','co',491635,2,'1200000');
INSERT INTO "hour_sum" VALUES('zone-quarter','co',491636,2,'1200000');
INSERT INTO "hour_sum" VALUES('zone-quarter','co',491637,2,'1200000');
INSERT INTO "hour_sum" VALUES('zone-quarter','co',491638,2,'1200000');
INSERT INTO "hour_sum" VALUES('zone-quarter','co',491639,2,'1200000');
INSERT INTO "hour_sum" VALUES('zone-quarter','co',491640,2,'1200000');
INSERT INTO "hour_sum" VALUES('zone-quarter','co',491641,2,'1200000');
INSERT INTO "hour_sum" VALUES('zone-quarter','co',491642,2,'1200000');
INSERT INTO "hour_sum" VALUES('zone-quarter','no2',491633,1,'10000000');
INSERT INTO "hour_sum" VALUES('zone-quarter','no2',491634,2,'24600000');
INSERT INTO "hour_sum" VALUES('zone-quarter','no2',491635,2,'27400000');
INSERT INTO "hour_sum" VALUES('zone-quarter','no2',491636,2,'23350000');
INSERT INTO "hour_sum" VALUES('zone-quarter','no2',491637,2,'48650000/3');
INSERT INTO "hour_sum" VALUES('zone-quarter','no2',491638,2,'37700000/3');
INSERT INTO "hour_sum" VALUES('zone-quarter','no2',491639,2,'47300000/3');
INSERT INTO "hour_sum" VALUES('zone-quarter','no2',491640,2,'22850000');
INSERT INTO "hour_sum" VALUES('zone-quarter','no2',491641,2,'27300000');
INSERT INTO "hour_sum" VALUES('zone-quarter','no2',491642,2,'75200000/3');
INSERT INTO "hour_sum" VALUES('zone-quarter','o3',491633,1,'80000000');
INSERT INTO "hour_sum" VALUES('zone-quarter','o3',491634,2,'169200000');
INSERT INTO "hour_sum" VALUES('zone-quarter','o3',491635,2,'174800000');
INSERT INTO "hour_sum" VALUES('zone-quarter','o3',491636,2,'166700000');
INSERT INTO "hour_sum" VALUES('zone-quarter','o3',491637,2,'457300000/3');
INSERT INTO "hour_sum" VALUES('zone-quarter','o3',491638,2,'435400000/3');
INSERT INTO "hour_sum" VALUES('zone-quarter','o3',491639,2,'454600000/3');
INSERT INTO "hour_sum" VALUES('zone-quarter','o3',491640,2,'165700000');
INSERT INTO "hour_sum" VALUES('zone-quarter','o3',491641,2,'174600000');
INSERT INTO "hour_sum" VALUES('zone-quarter','o3',491642,2,'510400000/3');
INSERT INTO "hour_sum" VALUES('zone-quarter','pm10',491633,1,'60000000');
INSERT INTO "hour_sum" VALUES('zone-quarter','pm10',491634,2,'119200000');
INSERT INTO "hour_sum" VALUES('zone-quarter','pm10',491635,2,'124800000');
INSERT INTO "hour_sum" VALUES('zone-quarter','pm10',491636,2,'116700000');
INSERT INTO "hour_sum" VALUES('zone-quarter','pm10',491637,2,'307300000/3');
INSERT INTO "hour_sum" VALUES('zone-quarter','pm10',491638,2,'942800000/3');
INSERT INTO "hour_sum" VALUES('zone-quarter','pm10',491639,2,'304600000/3');
INSERT INTO "hour_sum" VALUES('zone-quarter','pm10',491640,2,'115700000');
INSERT INTO "hour_sum" VALUES('zone-quarter','pm10',491641,2,'124600000');
INSERT INTO "hour_sum" VALUES('zone-quarter','pm10',491642,2,'360400000/3');
INSERT INTO "hour_sum" VALUES('zone-quarter','pm25',491633,1,'22000000');
INSERT INTO "hour_sum" VALUES('zone-quarter','pm25',491634,2,'51200000');
INSERT INTO "hour_sum" VALUES('zone-quarter','pm25',491635,2,'56800000');
INSERT INTO "hour_sum" VALUES('zone-quarter','pm25',491636,2,'103050000');
INSERT INTO "hour_sum" VALUES('zone-quarter','pm25',491637,2,'81100000');
INSERT INTO "hour_sum" VALUES('zone-quarter','pm25',491638,2,'81400000/3');
INSERT INTO "hour_sum" VALUES('zone-quarter','pm25',491639,2,'100600000/3');
INSERT INTO "hour_sum" VALUES('zone-quarter','pm25',491640,2,'47700000');
INSERT INTO "hour_sum" VALUES('zone-quarter','pm25',491641,2,'56600000');
INSERT INTO "hour_sum" VALUES('zone-quarter','pm25',491642,2,'366400000/3');
INSERT INTO "hour_sum" VALUES('zone-quarter','so2',491633,1,'8000000');
INSERT INTO "hour_sum" VALUES('zone-quarter','so2',491634,2,'16000000');
INSERT INTO "hour_sum" VALUES('zone-quarter','so2',491635,2,'16000000');
INSERT INTO "hour_sum" VALUES('zone-quarter','so2',491636,2,'16000000');
INSERT INTO "hour_sum" VALUES('zone-quarter','so2',491637,2,'16000000');
INSERT INTO "hour_sum" VALUES('zone-quarter','so2',491638,2,'16000000');
INSERT INTO "hour_sum" VALUES('zone-quarter','so2',491639,2,'16000000');
INSERT INTO "hour_sum" VALUES('zone-quarter','so2',491640,2,'16000000');
INSERT INTO "hour_sum" VALUES('zone-quarter','so2',491641,2,'16000000');
INSERT INTO "hour_sum" VALUES('zone-quarter','so2',491642,2,'16000000');
CREATE TABLE inbox (
        id INTEGER PRIMARY KEY,
        topic TEXT NOT NULL,
        payload BLOB NOT NULL,
        received INTEGER NOT NULL,          -- ms since 1970, UTC
        length INTEGER,                     -- of an oversize payload, of which only the head is kept
        sha256 TEXT,
        conflict TEXT,                      -- NULL: live; keep | revise: replayed, and what then
        positions TEXT                      -- JSON list: only these items of the payload; NULL = all
    ) STRICT;
INSERT INTO "inbox" VALUES(1,'liangqu/air/hourly',X'7B2274696D65223A2022323032362D30322D30315430303A30323A30302B30383A3030222C202276616C756573223A207B22706D31223A20332E302C20227261646F6E223A20392E307D2C20226B696E64223A2022686F7572227D',1769875325000,NULL,NULL,'keep','["values.radon"]');
INSERT INTO "inbox" VALUES(2,'liangqu/air/quick',X'78787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878',1769889600000,300000,'29927e273accc68286005017f7fa6e4f27bddb4db3083ff8b8d4c3667905b7fa',NULL,NULL);
INSERT INTO "inbox" VALUES(3,'liangqu/air/quick',X'5B5D',1769889600000,NULL,NULL,NULL,NULL);
CREATE TABLE late (
        site TEXT NOT NULL,
        month TEXT NOT NULL,                -- YYYY-MM, Asia/Shanghai
        readings INTEGER NOT NULL,
        PRIMARY KEY (site, month)
    ) STRICT, WITHOUT ROWID;
INSERT INTO "late" VALUES('quick','2026-01',1);
INSERT INTO "late" VALUES('quick','2026-02',1);
CREATE TABLE machine (
        rule TEXT NOT NULL,
        site TEXT NOT NULL,
        parameter TEXT NOT NULL,
        fingerprint TEXT NOT NULL,          -- of the rule that it worked under
        state BLOB NOT NULL,
        PRIMARY KEY (rule, site, parameter)
    ) STRICT, WITHOUT ROWID;
INSERT INTO "machine" VALUES('air-1h-standard','declared','o3','a044bcbcc30a',X'DC0017A66E6F726D616CD6FF697E5130C0A3503044A0A4696E666FC0C0C0A3503044C0CB0000000000000000CB0000000000000000C0CB00000000000000000000C2A0A0A0C0C0');
INSERT INTO "machine" VALUES('air-1h-standard','hourly','co','a044bcbcc30a',X'DC0017A66E6F726D616CD6FF697E5130C0A3503044A0A4696E666FC0C0C0A3503044C0CB0000000000000000CB0000000000000000C0CB00000000000000000000C2A0A0A0C0C0');
INSERT INTO "machine" VALUES('air-1h-standard','hourly','no2','a044bcbcc30a',X'DC0017A66E6F726D616CD6FF697E5130C0A3503044A0A4696E666FC0C0C0A3503044C0CB0000000000000000CB0000000000000000C0CB00000000000000000000C2A0A0A0C0C0');
INSERT INTO "machine" VALUES('air-1h-standard','hourly','o3','a044bcbcc30a',X'DC0017A66E6F726D616CD6FF697E5130C0A3503044A0A4696E666FC0C0C0A3503044C0CB0000000000000000CB0000000000000000C0CB00000000000000000000C2A0A0A0C0C0');
INSERT INTO "machine" VALUES('air-1h-standard','hourly','so2','a044bcbcc30a',X'DC0017A66E6F726D616CD6FF697E5130C0A3503044A0A4696E666FC0C0C0A3503044C0CB0000000000000000CB0000000000000000C0CB00000000000000000000C2A0A0A0C0C0');
INSERT INTO "machine" VALUES('air-1h-standard','quick','co','a044bcbcc30a',X'DC0017A66E6F726D616CD6FF697E4C80C0A3503044A0A4696E666FC0C0C0A3503044C0CB0000000000000000CB0000000000000000C0CB00000000000000000000C2A0A0A0C0C0');
INSERT INTO "machine" VALUES('air-1h-standard','quick','no2','a044bcbcc30a',X'DC0017A66E6F726D616CD6FF697E5A90C0A3503044A0A4696E666FC0C0C0A3503044C0CB0000000000000000CB0000000000000000C0CB00000000000000000000C2A0A0A0C0C0');
INSERT INTO "machine" VALUES('air-1h-standard','quick','o3','a044bcbcc30a',X'DC0017A66E6F726D616CD6FF697E5A90C0A3503044A0A4696E666FC0C0C0A3503044C0CB0000000000000000CB0000000000000000C0CB00000000000000000000C2A0A0A0C0C0');
INSERT INTO "machine" VALUES('air-1h-standard','quick','so2','a044bcbcc30a',X'DC0017A66E6F726D616CD6FF697E4C80C0A3503044A0A4696E666FC0C0C0A3503044C0CB0000000000000000CB0000000000000000C0CB00000000000000000000C2A0A0A0C0C0');
INSERT INTO "machine" VALUES('air-1h-standard','zone-competition','o3','a044bcbcc30a',X'DC0017A66E6F726D616CD6FF697E5130C0A3503044A0A4696E666FC0C0C0A3503044C0CB0000000000000000CB0000000000000000C0CB00000000000000000000C2A0A0A0C0C0');
INSERT INTO "machine" VALUES('air-1h-standard','zone-quarter','co','a044bcbcc30a',X'DC0017A66E6F726D616CD6FF697E5130C0A3503044A0A4696E666FC0C0C0A3503044C0CB0000000000000000CB0000000000000000C0CB00000000000000000000C2A0A0A0C0C0');
INSERT INTO "machine" VALUES('air-1h-standard','zone-quarter','no2','a044bcbcc30a',X'DC0017A66E6F726D616CD6FF697E5130C0A3503044A0A4696E666FC0C0C0A3503044C0CB0000000000000000CB0000000000000000C0CB00000000000000000000C2A0A0A0C0C0');
INSERT INTO "machine" VALUES('air-1h-standard','zone-quarter','o3','a044bcbcc30a',X'DC0017A66E6F726D616CD6FF697E5130C0A3503044A0A4696E666FC0C0C0A3503044C0CB0000000000000000CB0000000000000000C0CB00000000000000000000C2A0A0A0C0C0');
INSERT INTO "machine" VALUES('air-1h-standard','zone-quarter','so2','a044bcbcc30a',X'DC0017A66E6F726D616CD6FF697E5130C0A3503044A0A4696E666FC0C0C0A3503044C0CB0000000000000000CB0000000000000000C0CB00000000000000000000C2A0A0A0C0C0');
INSERT INTO "machine" VALUES('aqi','declared','aqi','9d503802f340',X'DC0017A66E6F726D616CD6FF697E5130C0A3503044A0A4696E666FC0C0C0A3503044C0CB0000000000000000CB0000000000000000C0CB00000000000000000000C2A0A0A0C0C0');
INSERT INTO "machine" VALUES('aqi','hourly','aqi','9d503802f340',X'DC0017A66E6F726D616CD6FF697E5130C0A3503044A0A4696E666FC0C0C0A3503044C0CB0000000000000000CB0000000000000000C0CB00000000000000000000C2A0A0A0C0C0');
INSERT INTO "machine" VALUES('aqi','quick','aqi','9d503802f340',X'DC0017A66E6F726D616CD6FF697E5130C0A3503044A0A4696E666FC0C0C0A3503044C0CB0000000000000000CB0000000000000000C0CB00000000000000000000C2A0A0A0C0C0');
INSERT INTO "machine" VALUES('aqi','zone-competition','aqi','9d503802f340',X'DC0017A66E6F726D616CD6FF697E5130C0A3503044A0A4696E666FC0C0C0A3503044C0CB0000000000000000CB0000000000000000C0CB00000000000000000000C2A0A0A0C0C0');
INSERT INTO "machine" VALUES('aqi','zone-quarter','aqi','9d503802f340',X'DC0017A66E6F726D616CD6FF697E5130C0A3503044A0A4696E666FC0C0C0A3503044C0CB0000000000000000CB0000000000000000C0CB00000000000000000000C2A0A0A0C0C0');
INSERT INTO "machine" VALUES('o3-8h-standard','declared','o3','b4f20ea21dcf',X'DC0017A66E6F726D616CD6FF697E5130C0A3503044A0A4696E666FC0C0C0A3503044C0CB0000000000000000CB0000000000000000C0CB00000000000000000000C2A0A0A0C0C0');
INSERT INTO "machine" VALUES('o3-8h-standard','hourly','o3','b4f20ea21dcf',X'DC0017A66E6F726D616CD6FF697E5130C0A3503044A0A4696E666FC0C0C0A3503044C0CB0000000000000000CB0000000000000000C0CB00000000000000000000C2A0A0A0C0C0');
INSERT INTO "machine" VALUES('o3-8h-standard','quick','o3','b4f20ea21dcf',X'DC0017A66E6F726D616CD6FF697E5130C0A3503044A0A4696E666FC0C0C0A3503044C0CB0000000000000000CB0000000000000000C0CB00000000000000000000C2A0A0A0C0C0');
INSERT INTO "machine" VALUES('o3-8h-standard','zone-competition','o3','b4f20ea21dcf',X'DC0017A66E6F726D616CD6FF697E5130C0A3503044A0A4696E666FC0C0C0A3503044C0CB0000000000000000CB0000000000000000C0CB00000000000000000000C2A0A0A0C0C0');
INSERT INTO "machine" VALUES('o3-8h-standard','zone-quarter','o3','b4f20ea21dcf',X'DC0017A66E6F726D616CD6FF697E5130C0A3503044A0A4696E666FC0C0C0A3503044C0CB0000000000000000CB0000000000000000C0CB00000000000000000000C2A0A0A0C0C0');
INSERT INTO "machine" VALUES('own-pm25','quick','pm25','8491be908940',X'DC0017A6666972696E67D6FF697E5A90D6FF697E5A90A3503044AC663432366232326164636231A77761726E696E67D6FF697E4320C0C0A3503044CB4056066666666666CB4052C00000000000CB405879999999999AD6FF697E4320CB408194CCCCCCCCCD0600C3A0A0AC313566653866333761646533D6FF697DEEC0DC0017A6666972696E67D6FF697E55E0D6FF697E55E0A3503044AC663432366232326164636231A77761726E696E67D6FF697E4320C0C0A3503044CB4056ACCCCCCCCCCDCB4052C00000000000CB405879999999999AD6FF697E4320CB407DA800000000000500C3A0A0AC313566653866333761646533D6FF697DEEC0C0');
INSERT INTO "machine" VALUES('own-surge','quick','pm10','53a90a8c3b55',X'DC0017A66E6F726D616CD6FF697E1440D6FF697E1440A3503044A0A4696E666FC0C0C0A3503044CB4045000000000000CB4088AF3333333334CB0000000000000000C0CB00000000000000000000C2A0A0AC613731343138396638613462D6FF697E0F90DC0017A6666972696E67D6FF697E0F90D6FF697E0F90A3503044AC613731343138396638613462A57761746368D6FF697E0F90C0C0A3503044CB4085E00000000000CB40614CCCCCCCCCCDCB4085E00000000000D6FF697E0F90CB4085E000000000000100C3A0A0A0C0C0');
INSERT INTO "machine" VALUES('pm25-1h','declared','pm25','199081dd72a0',X'DC0017A6666972696E67D6FF697E5130D6FF697E5130A3503044AC336435623433336663613034A57761746368D6FF697E3510C0C0A3503044CB403C4CCCCCCCCCCDCB4039000000000000CB4040733333333333D6FF697E4320CB4056E000000000000300C3A0A0A0C0DC0017A6666972696E67D6FF697E4320D6FF697E4320A3503044AC336435623433336663613034A57761746368D6FF697E3510C0C0A3503044CB4040733333333333CB4039000000000000CB4040733333333333D6FF697E4320CB404F99999999999A0200C3A0A0A0C0C0');
INSERT INTO "machine" VALUES('pm25-1h','zone-competition','pm25','199081dd72a0',X'DC0017A6666972696E67D6FF697E5130D6FF697E5130A3503044AC386138636132313661363539A57761746368D6FF697E4320C0C0A3503044CB4040733333333333CB4039000000000000CB4040733333333333D6FF697E5130CB404F99999999999A0200C3A0A0A0C0DC0017A6666972696E67D6FF697E4320D6FF697E4320A3503044AC386138636132313661363539A57761746368D6FF697E4320C0C0A3503044CB403E4CCCCCCCCCCDCB4039000000000000CB403E4CCCCCCCCCCDD6FF697E4320CB403E4CCCCCCCCCCD0100C3A0A0A0C0C0');
INSERT INTO "machine" VALUES('pm25-reading','declared','pm25','9cfb63db3e85',X'DC0017A6666972696E67D6FF697E5130D6FF697E5130A3503044AC383462373864623838353230A57761746368D6FF697E3510C0C0A3503044CB403C4CCCCCCCCCCDCB4039000000000000CB4040733333333333D6FF697E4320CB4056E000000000000300C3A0A0AC383565383237663835373463D6FF697DEEC0DC0017A6666972696E67D6FF697E4320D6FF697E4320A3503044AC383462373864623838353230A57761746368D6FF697E3510C0C0A3503044CB4040733333333333CB4039000000000000CB4040733333333333D6FF697E4320CB404F99999999999A0200C3A0A0AC383565383237663835373463D6FF697DEEC0C0');
INSERT INTO "machine" VALUES('sensor-failing','quick','co','02632397f5fd',X'DC0017A66E6F726D616CD6FF697E5A90D6FF697E5A90A3503044A0A4696E666FC0C0C0A3503044CB0000000000000000CB0000000000000000CB0000000000000000C0CB00000000000000000000C2A0A0A0C0DC0017A770656E64696E67D6FF697E55E0D6FF697E55E0A3503044A0A57761746368D6FF697E55E0C0C0A3503044CB3FF0000000000000CB0000000000000000CB3FF0000000000000D6FF697E55E0CB3FF00000000000000100C2A0A0A0C0C0');
INSERT INTO "machine" VALUES('sensor-failing','quick','so2','02632397f5fd',X'DC0017A66E6F726D616CD6FF697E55E0D6FF697E55E0A3503044A0A4696E666FC0C0C0A3503044CB0000000000000000CB0000000000000000CB0000000000000000C0CB00000000000000000000C2A0A0A0C0DC0017A770656E64696E67D6FF697E5130D6FF697E5130A3503044A0A57761746368D6FF697E5130C0C0A3503044CB3FF0000000000000CB0000000000000000CB3FF0000000000000D6FF697E5130CB3FF00000000000000100C2A0A0A0C0C0');
CREATE TABLE mark (
        site TEXT NOT NULL,
        parameter TEXT NOT NULL,            -- all = every one
        made INTEGER NOT NULL,
        starts INTEGER NOT NULL,
        ends INTEGER NOT NULL,
        what TEXT NOT NULL,                 -- invalid | maintenance | exceptional | withdrawn
        reason TEXT NOT NULL,
        by TEXT NOT NULL,
        PRIMARY KEY (site, parameter, made)
    ) STRICT, WITHOUT ROWID;
INSERT INTO "mark" VALUES('declared','pm25',1769853600000,1769857200000,1769860800000,'maintenance','滤膜','王');
INSERT INTO "mark" VALUES('hourly','pm25',1769889600000,1769882400000,1769886000000,'maintenance','滤膜','王');
CREATE TABLE meta (name TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT, WITHOUT ROWID;
INSERT INTO "meta" VALUES('late_since','1795731596000');
INSERT INTO "meta" VALUES('store_known','1');
CREATE TABLE month_mean (               -- 50 months
        site TEXT NOT NULL,
        parameter TEXT NOT NULL,
        month INTEGER NOT NULL,             -- twelve times the year, plus 0 to 11
        n INTEGER NOT NULL,
        total TEXT NOT NULL,
        expected INTEGER NOT NULL,
        valid INTEGER NOT NULL,
        PRIMARY KEY (site, parameter, month)
    ) STRICT, WITHOUT ROWID;
INSERT INTO "month_mean" VALUES('declared','o3',24312,0,'0',31,0);
INSERT INTO "month_mean" VALUES('declared','pm25',24312,0,'0',31,0);
INSERT INTO "month_mean" VALUES('hourly','co',24312,0,'0',31,0);
INSERT INTO "month_mean" VALUES('hourly','no2',24312,0,'0',31,0);
INSERT INTO "month_mean" VALUES('hourly','o3',24312,0,'0',31,0);
INSERT INTO "month_mean" VALUES('hourly','pm10',24312,0,'0',31,0);
INSERT INTO "month_mean" VALUES('hourly','pm25',24312,0,'0',31,0);
INSERT INTO "month_mean" VALUES('hourly','so2',24312,0,'0',31,0);
INSERT INTO "month_mean" VALUES('lower','codmn',24312,2,'6000000',186,0);
INSERT INTO "month_mean" VALUES('lower','do',24312,2,'16200000',186,0);
INSERT INTO "month_mean" VALUES('lower','nh3n',24312,2,'2600000',186,0);
INSERT INTO "month_mean" VALUES('lower','ph',24312,2,'126191468896038649886872027324',186,0);
INSERT INTO "month_mean" VALUES('quick','co',24312,0,'0',31,0);
INSERT INTO "month_mean" VALUES('quick','no2',24312,0,'0',31,0);
INSERT INTO "month_mean" VALUES('quick','o3',24312,0,'0',31,0);
INSERT INTO "month_mean" VALUES('quick','pm10',24312,0,'0',31,0);
INSERT INTO "month_mean" VALUES('quick','pm25',24312,0,'0',31,0);
INSERT INTO "month_mean" VALUES('quick','so2',24312,0,'0',31,0);
INSERT INTO "month_mean" VALUES('river-brook','codmn',24312,2,'6000000',186,0);
INSERT INTO "month_mean" VALUES('river-brook','do',24312,2,'16200000',186,0);
INSERT INTO "month_mean" VALUES('river-brook','nh3n',24312,2,'1700000',186,0);
INSERT INTO "month_mean" VALUES('river-brook','ph',24312,2,'126191468896038649886872027324',186,0);
INSERT INTO "month_mean" VALUES('upper','codmn',24312,2,'6000000',186,0);
INSERT INTO "month_mean" VALUES('upper','do',24312,2,'16200000',186,0);
INSERT INTO "month_mean" VALUES('upper','nh3n',24312,2,'800000',186,0);
INSERT INTO "month_mean" VALUES('upper','ph',24312,2,'126191468896038649886872027324',186,0);
INSERT INTO "month_mean" VALUES('zone-competition','o3',24312,0,'0',31,0);
INSERT INTO "month_mean" VALUES('zone-competition','pm25',24312,0,'0',31,0);
INSERT INTO "month_mean" VALUES('zone-quarter','co',24312,0,'0',31,0);
INSERT INTO "month_mean" VALUES('zone-quarter','no2',24312,0,'0',31,0);
INSERT INTO "month_mean" VALUES('zone-quarter','o3',24312,0,'0',31,0);
INSERT INTO "month_mean" VALUES('zone-quarter','pm10',24312,0,'0',31,0);
INSERT INTO "month_mean" VALUES('zone-quarter','pm25',24312,0,'0',31,0);
INSERT INTO "month_mean" VALUES('zone-quarter','so2',24312,0,'0',31,0);
CREATE TABLE notification (
        id INTEGER PRIMARY KEY,
        key TEXT NOT NULL UNIQUE,           -- idempotency: a repeat after a crash carries the same
        channel TEXT NOT NULL,
        person TEXT NOT NULL,
        episode TEXT NOT NULL,
        site TEXT NOT NULL,
        document TEXT NOT NULL,
        made INTEGER NOT NULL,
        due INTEGER NOT NULL,
        tries INTEGER NOT NULL DEFAULT 0,
        sent INTEGER,
        result TEXT NOT NULL DEFAULT ''
    ) STRICT;
INSERT INTO "notification" VALUES(1,'85e827f8574c/firing-exceeded-watch-1769860800000/mqtt','mqtt','','85e827f8574c','declared','{"rule":"pm25-reading","site":"declared","parameter":"pm25","severity":"watch","category":"exceedance","state":"firing","reason":"exceeded","since":"2026-01-31T20:00:00+08:00","time":"2026-01-31T20:00:00+08:00","value":32.3,"limit":25.0,"unit":"µg/m³","statistic":"reading","episode":"85e827f8574c","historical":false,"message":"[watch] C: PM2.5 reading above the plan''s target value, PM2.5 reading 32.3 µg/m³, limit 25 µg/m³","text":{"zh":"【关注】丙：PM2.5 单次读数高于规划目标值，细颗粒物读数 32.3 µg/m³，限值 25 µg/m³","en":"[watch] C: PM2.5 reading above the plan''s target value, PM2.5 reading 32.3 µg/m³, limit 25 µg/m³"},"name":{"zh":"PM2.5 单次读数高于规划目标值","en":"PM2.5 reading above the plan''s target value"},"site_name":{"zh":"丙","en":"C"},"source":"pm25-competition","detail":"","by":"","note":"","test":false}',1769860805000,1769860805000,1,1769860805000,'sent');
INSERT INTO "notification" VALUES(2,'acd69d250004/firing-exceeded-watch-1769860800000/mqtt','mqtt','','acd69d250004','declared','{"rule":"pm25-1h","site":"declared","parameter":"pm25","severity":"watch","category":"exceedance","state":"firing","reason":"exceeded","since":"2026-01-31T20:00:00+08:00","time":"2026-01-31T20:00:00+08:00","value":32.3,"limit":25.0,"unit":"µg/m³","statistic":"1h","episode":"acd69d250004","historical":false,"message":"[watch] C: PM2.5 rolling 1 h mean above the plan''s target value, PM2.5 rolling 1 h mean 32.3 µg/m³, limit 25 µg/m³","text":{"zh":"【关注】丙：PM2.5 小时滑动均值高于规划目标值，细颗粒物1小时滑动均值 32.3 µg/m³，限值 25 µg/m³","en":"[watch] C: PM2.5 rolling 1 h mean above the plan''s target value, PM2.5 rolling 1 h mean 32.3 µg/m³, limit 25 µg/m³"},"name":{"zh":"PM2.5 小时滑动均值高于规划目标值","en":"PM2.5 rolling 1 h mean above the plan''s target value"},"site_name":{"zh":"丙","en":"C"},"source":"pm25-competition","detail":"","by":"","note":"","test":false}',1769860805000,1769860805000,1,1769860805000,'sent');
INSERT INTO "notification" VALUES(3,'15fe8f37ade3/firing-exceeded-warning-1769862000000/mqtt','mqtt','','15fe8f37ade3','quick','{"rule":"own-pm25","site":"quick","parameter":"pm25","severity":"warning","category":"exceedance","state":"firing","reason":"exceeded","since":"2026-01-31T20:00:00+08:00","time":"2026-01-31T20:20:00+08:00","value":95.8,"limit":75.0,"unit":"µg/m³","statistic":"reading","episode":"15fe8f37ade3","historical":false,"message":"[warning] B: PM2.5 high, PM2.5 reading 95.8 µg/m³, limit 75 µg/m³","text":{"zh":"【警告】乙：PM2.5 高，细颗粒物读数 95.8 µg/m³，限值 75 µg/m³","en":"[warning] B: PM2.5 high, PM2.5 reading 95.8 µg/m³, limit 75 µg/m³"},"name":{"zh":"PM2.5 高","en":"PM2.5 high"},"site_name":{"zh":"乙","en":"B"},"source":"own-pm25","detail":"","by":"","note":"","test":false}',1769862005000,1769862005000,1,1769862005000,'sent');
INSERT INTO "notification" VALUES(4,'15fe8f37ade3/firing-exceeded-warning-1769862000000/group/li','group','li','15fe8f37ade3','quick','{"rule":"own-pm25","site":"quick","parameter":"pm25","severity":"warning","category":"exceedance","state":"firing","reason":"exceeded","since":"2026-01-31T20:00:00+08:00","time":"2026-01-31T20:20:00+08:00","value":95.8,"limit":75.0,"unit":"µg/m³","statistic":"reading","episode":"15fe8f37ade3","historical":false,"message":"[warning] B: PM2.5 high, PM2.5 reading 95.8 µg/m³, limit 75 µg/m³","text":{"zh":"【警告】乙：PM2.5 高，细颗粒物读数 95.8 µg/m³，限值 75 µg/m³","en":"[warning] B: PM2.5 high, PM2.5 reading 95.8 µg/m³, limit 75 µg/m³"},"name":{"zh":"PM2.5 高","en":"PM2.5 high"},"site_name":{"zh":"乙","en":"B"},"source":"own-pm25","detail":"","by":"","note":"","test":false}',1769862005000,1769890199000,25,NULL,'HTTP 503');
INSERT INTO "notification" VALUES(5,'15fe8f37ade3/escalation-1/wang-mail/wang','wang-mail','wang','15fe8f37ade3','quick','{"rule":"own-pm25","site":"quick","parameter":"pm25","severity":"warning","category":"exceedance","state":"firing","reason":"escalated","since":"2026-01-31T20:00:00+08:00","time":"2026-01-31T20:20:00+08:00","value":95.8,"limit":75.0,"unit":"µg/m³","statistic":"reading","episode":"15fe8f37ade3","historical":false,"message":"[warning] B: PM2.5 high, PM2.5 reading 95.8 µg/m³, limit 75 µg/m³","text":{"zh":"【警告】乙：PM2.5 高，细颗粒物读数 95.8 µg/m³，限值 75 µg/m³","en":"[warning] B: PM2.5 high, PM2.5 reading 95.8 µg/m³, limit 75 µg/m³"},"name":{"zh":"PM2.5 高","en":"PM2.5 high"},"site_name":{"zh":"乙","en":"B"},"source":"own-pm25","detail":"","by":"","note":"","test":false}',1769863205000,1769863235000,1,1769864405000,'sent');
INSERT INTO "notification" VALUES(6,'d4dcd999c358/firing-exceeded-watch-1769864400000/mqtt','mqtt','','d4dcd999c358','zone-competition','{"rule":"pm25-1h","site":"zone-competition","parameter":"pm25","severity":"watch","category":"exceedance","state":"firing","reason":"exceeded","since":"2026-01-31T21:00:00+08:00","time":"2026-01-31T21:00:00+08:00","value":32.3,"limit":25.0,"unit":"µg/m³","statistic":"1h","episode":"d4dcd999c358","historical":false,"message":"[watch] Winter-Olympic competition zone (Chongli): PM2.5 rolling 1 h mean above the plan''s target value, PM2.5 rolling 1 h mean 32.3 µg/m³, limit 25 µg/m³","text":{"zh":"【关注】冬奥赛区（崇礼）：PM2.5 小时滑动均值高于规划目标值，细颗粒物1小时滑动均值 32.3 µg/m³，限值 25 µg/m³","en":"[watch] Winter-Olympic competition zone (Chongli): PM2.5 rolling 1 h mean above the plan''s target value, PM2.5 rolling 1 h mean 32.3 µg/m³, limit 25 µg/m³"},"name":{"zh":"PM2.5 小时滑动均值高于规划目标值","en":"PM2.5 rolling 1 h mean above the plan''s target value"},"site_name":{"zh":"冬奥赛区（崇礼）","en":"Winter-Olympic competition zone (Chongli)"},"source":"pm25-competition","detail":"","by":"","note":"","test":false}',1769864405000,1769864405000,1,1769864405000,'sent');
INSERT INTO "notification" VALUES(7,'85e827f8574c/resolved-clear-watch-1769868000000/mqtt','mqtt','','85e827f8574c','declared','{"rule":"pm25-reading","site":"declared","parameter":"pm25","severity":"watch","category":"exceedance","state":"resolved","reason":"clear","since":"2026-01-31T20:00:00+08:00","time":"2026-01-31T22:00:00+08:00","value":18.9,"limit":25.0,"unit":"µg/m³","statistic":"reading","episode":"85e827f8574c","historical":false,"message":"[over] C: PM2.5 reading above the plan''s target value, back inside; peak 32.3 µg/m³, limit 25 µg/m³","text":{"zh":"【已解除】丙：PM2.5 单次读数高于规划目标值，恢复到限值以内；峰值 32.3 µg/m³，限值 25 µg/m³","en":"[over] C: PM2.5 reading above the plan''s target value, back inside; peak 32.3 µg/m³, limit 25 µg/m³"},"name":{"zh":"PM2.5 单次读数高于规划目标值","en":"PM2.5 reading above the plan''s target value"},"site_name":{"zh":"丙","en":"C"},"source":"pm25-competition","detail":"","by":"","note":"","test":false}',1769868005000,1769868005000,1,1769868005000,'sent');
INSERT INTO "notification" VALUES(8,'acd69d250004/resolved-clear-watch-1769868000000/mqtt','mqtt','','acd69d250004','declared','{"rule":"pm25-1h","site":"declared","parameter":"pm25","severity":"watch","category":"exceedance","state":"resolved","reason":"clear","since":"2026-01-31T20:00:00+08:00","time":"2026-01-31T22:00:00+08:00","value":18.9,"limit":25.0,"unit":"µg/m³","statistic":"1h","episode":"acd69d250004","historical":false,"message":"[over] C: PM2.5 rolling 1 h mean above the plan''s target value, back inside; peak 32.3 µg/m³, limit 25 µg/m³","text":{"zh":"【已解除】丙：PM2.5 小时滑动均值高于规划目标值，恢复到限值以内；峰值 32.3 µg/m³，限值 25 µg/m³","en":"[over] C: PM2.5 rolling 1 h mean above the plan''s target value, back inside; peak 32.3 µg/m³, limit 25 µg/m³"},"name":{"zh":"PM2.5 小时滑动均值高于规划目标值","en":"PM2.5 rolling 1 h mean above the plan''s target value"},"site_name":{"zh":"丙","en":"C"},"source":"pm25-competition","detail":"","by":"","note":"","test":false}',1769868005000,1769868005000,1,1769868005000,'sent');
INSERT INTO "notification" VALUES(9,'15fe8f37ade3/resolved-clear-warning-1769869200000/mqtt','mqtt','','15fe8f37ade3','quick','{"rule":"own-pm25","site":"quick","parameter":"pm25","severity":"warning","category":"exceedance","state":"resolved","reason":"clear","since":"2026-01-31T20:00:00+08:00","time":"2026-01-31T22:20:00+08:00","value":12.6,"limit":75.0,"unit":"µg/m³","statistic":"reading","episode":"15fe8f37ade3","historical":false,"message":"[over] B: PM2.5 high, back inside; peak 97.3 µg/m³, limit 75 µg/m³","text":{"zh":"【已解除】乙：PM2.5 高，恢复到限值以内；峰值 97.3 µg/m³，限值 75 µg/m³","en":"[over] B: PM2.5 high, back inside; peak 97.3 µg/m³, limit 75 µg/m³"},"name":{"zh":"PM2.5 高","en":"PM2.5 high"},"site_name":{"zh":"乙","en":"B"},"source":"own-pm25","detail":"","by":"","note":"","test":false}',1769869205000,1769869205000,1,1769869205000,'sent');
INSERT INTO "notification" VALUES(10,'15fe8f37ade3/resolved-clear-warning-1769869200000/group/li','group','li','15fe8f37ade3','quick','{"rule":"own-pm25","site":"quick","parameter":"pm25","severity":"warning","category":"exceedance","state":"resolved","reason":"clear","since":"2026-01-31T20:00:00+08:00","time":"2026-01-31T22:20:00+08:00","value":12.6,"limit":75.0,"unit":"µg/m³","statistic":"reading","episode":"15fe8f37ade3","historical":false,"message":"[over] B: PM2.5 high, back inside; peak 97.3 µg/m³, limit 75 µg/m³","text":{"zh":"【已解除】乙：PM2.5 高，恢复到限值以内；峰值 97.3 µg/m³，限值 75 µg/m³","en":"[over] B: PM2.5 high, back inside; peak 97.3 µg/m³, limit 75 µg/m³"},"name":{"zh":"PM2.5 高","en":"PM2.5 high"},"site_name":{"zh":"乙","en":"B"},"source":"own-pm25","detail":"","by":"","note":"","test":false}',1769869205000,1769890199000,19,NULL,'HTTP 503');
INSERT INTO "notification" VALUES(11,'15fe8f37ade3/resolved-clear-warning-1769869200000/wang-mail/wang','wang-mail','wang','15fe8f37ade3','quick','{"rule":"own-pm25","site":"quick","parameter":"pm25","severity":"warning","category":"exceedance","state":"resolved","reason":"clear","since":"2026-01-31T20:00:00+08:00","time":"2026-01-31T22:20:00+08:00","value":12.6,"limit":75.0,"unit":"µg/m³","statistic":"reading","episode":"15fe8f37ade3","historical":false,"message":"[over] B: PM2.5 high, back inside; peak 97.3 µg/m³, limit 75 µg/m³","text":{"zh":"【已解除】乙：PM2.5 高，恢复到限值以内；峰值 97.3 µg/m³，限值 75 µg/m³","en":"[over] B: PM2.5 high, back inside; peak 97.3 µg/m³, limit 75 µg/m³"},"name":{"zh":"PM2.5 高","en":"PM2.5 high"},"site_name":{"zh":"乙","en":"B"},"source":"own-pm25","detail":"","by":"","note":"","test":false}',1769869205000,1769900400000,0,NULL,'');
INSERT INTO "notification" VALUES(12,'a714189f8a4b/firing-exceeded-watch-1769869200000/mqtt','mqtt','','a714189f8a4b','quick','{"rule":"own-surge","site":"quick","parameter":"pm10","severity":"watch","category":"exceedance","state":"firing","reason":"exceeded","since":"2026-01-31T22:20:00+08:00","time":"2026-01-31T22:20:00+08:00","value":700.0,"limit":138.4,"unit":"µg/m³","statistic":"reading","episode":"a714189f8a4b","historical":false,"message":"[watch] B: PM10 surge, PM10 reading 700 µg/m³, limit 138.4 µg/m³","text":{"zh":"【关注】乙：PM10 骤升，可吸入颗粒物读数 700 µg/m³，限值 138.4 µg/m³","en":"[watch] B: PM10 surge, PM10 reading 700 µg/m³, limit 138.4 µg/m³"},"name":{"zh":"PM10 骤升","en":"PM10 surge"},"site_name":{"zh":"乙","en":"B"},"source":"","detail":"","by":"","note":"","test":false}',1769869205000,1769869205000,1,1769869205000,'sent');
INSERT INTO "notification" VALUES(13,'a714189f8a4b/resolved-clear-watch-1769870400000/mqtt','mqtt','','a714189f8a4b','quick','{"rule":"own-surge","site":"quick","parameter":"pm10","severity":"watch","category":"exceedance","state":"resolved","reason":"clear","since":"2026-01-31T22:20:00+08:00","time":"2026-01-31T22:40:00+08:00","value":42.0,"limit":789.9000000000001,"unit":"µg/m³","statistic":"reading","episode":"a714189f8a4b","historical":false,"message":"[over] B: PM10 surge, back inside; peak 700 µg/m³, limit 789.9 µg/m³","text":{"zh":"【已解除】乙：PM10 骤升，恢复到限值以内；峰值 700 µg/m³，限值 789.9 µg/m³","en":"[over] B: PM10 surge, back inside; peak 700 µg/m³, limit 789.9 µg/m³"},"name":{"zh":"PM10 骤升","en":"PM10 surge"},"site_name":{"zh":"乙","en":"B"},"source":"","detail":"","by":"","note":"","test":false}',1769870405000,1769870405000,1,1769870405000,'sent');
INSERT INTO "notification" VALUES(14,'d4dcd999c358/resolved-clear-watch-1769871600000/mqtt','mqtt','','d4dcd999c358','zone-competition','{"rule":"pm25-1h","site":"zone-competition","parameter":"pm25","severity":"watch","category":"exceedance","state":"resolved","reason":"clear","since":"2026-01-31T21:00:00+08:00","time":"2026-01-31T23:00:00+08:00","value":18.9,"limit":25.0,"unit":"µg/m³","statistic":"1h","episode":"d4dcd999c358","historical":false,"message":"[over] Winter-Olympic competition zone (Chongli): PM2.5 rolling 1 h mean above the plan''s target value, back inside; peak 32.3 µg/m³, limit 25 µg/m³","text":{"zh":"【已解除】冬奥赛区（崇礼）：PM2.5 小时滑动均值高于规划目标值，恢复到限值以内；峰值 32.3 µg/m³，限值 25 µg/m³","en":"[over] Winter-Olympic competition zone (Chongli): PM2.5 rolling 1 h mean above the plan''s target value, back inside; peak 32.3 µg/m³, limit 25 µg/m³"},"name":{"zh":"PM2.5 小时滑动均值高于规划目标值","en":"PM2.5 rolling 1 h mean above the plan''s target value"},"site_name":{"zh":"冬奥赛区（崇礼）","en":"Winter-Olympic competition zone (Chongli)"},"source":"pm25-competition","detail":"","by":"","note":"","test":false}',1769871605000,1769871605000,1,1769871605000,'sent');
INSERT INTO "notification" VALUES(15,'84b78db88520/firing-exceeded-watch-1769878800000/mqtt','mqtt','','84b78db88520','declared','{"rule":"pm25-reading","site":"declared","parameter":"pm25","severity":"watch","category":"exceedance","state":"firing","reason":"exceeded","since":"2026-02-01T01:00:00+08:00","time":"2026-02-01T01:00:00+08:00","value":30.3,"limit":25.0,"unit":"µg/m³","statistic":"reading","episode":"84b78db88520","historical":false,"message":"[watch] C: PM2.5 reading above the plan''s target value, PM2.5 reading 30.3 µg/m³, limit 25 µg/m³","text":{"zh":"【关注】丙：PM2.5 单次读数高于规划目标值，细颗粒物读数 30.3 µg/m³，限值 25 µg/m³","en":"[watch] C: PM2.5 reading above the plan''s target value, PM2.5 reading 30.3 µg/m³, limit 25 µg/m³"},"name":{"zh":"PM2.5 单次读数高于规划目标值","en":"PM2.5 reading above the plan''s target value"},"site_name":{"zh":"丙","en":"C"},"source":"pm25-competition","detail":"","by":"","note":"","test":false}',1769878805000,1769878805000,1,1769878805000,'sent');
INSERT INTO "notification" VALUES(16,'3d5b433fca04/firing-exceeded-watch-1769878800000/mqtt','mqtt','','3d5b433fca04','declared','{"rule":"pm25-1h","site":"declared","parameter":"pm25","severity":"watch","category":"exceedance","state":"firing","reason":"exceeded","since":"2026-02-01T01:00:00+08:00","time":"2026-02-01T01:00:00+08:00","value":30.3,"limit":25.0,"unit":"µg/m³","statistic":"1h","episode":"3d5b433fca04","historical":false,"message":"[watch] C: PM2.5 rolling 1 h mean above the plan''s target value, PM2.5 rolling 1 h mean 30.3 µg/m³, limit 25 µg/m³","text":{"zh":"【关注】丙：PM2.5 小时滑动均值高于规划目标值，细颗粒物1小时滑动均值 30.3 µg/m³，限值 25 µg/m³","en":"[watch] C: PM2.5 rolling 1 h mean above the plan''s target value, PM2.5 rolling 1 h mean 30.3 µg/m³, limit 25 µg/m³"},"name":{"zh":"PM2.5 小时滑动均值高于规划目标值","en":"PM2.5 rolling 1 h mean above the plan''s target value"},"site_name":{"zh":"丙","en":"C"},"source":"pm25-competition","detail":"","by":"","note":"","test":false}',1769878805000,1769878805000,1,1769878805000,'sent');
INSERT INTO "notification" VALUES(17,'8a8ca216a659/firing-exceeded-watch-1769882400000/mqtt','mqtt','','8a8ca216a659','zone-competition','{"rule":"pm25-1h","site":"zone-competition","parameter":"pm25","severity":"watch","category":"exceedance","state":"firing","reason":"exceeded","since":"2026-02-01T02:00:00+08:00","time":"2026-02-01T02:00:00+08:00","value":30.3,"limit":25.0,"unit":"µg/m³","statistic":"1h","episode":"8a8ca216a659","historical":false,"message":"[watch] Winter-Olympic competition zone (Chongli): PM2.5 rolling 1 h mean above the plan''s target value, PM2.5 rolling 1 h mean 30.3 µg/m³, limit 25 µg/m³","text":{"zh":"【关注】冬奥赛区（崇礼）：PM2.5 小时滑动均值高于规划目标值，细颗粒物1小时滑动均值 30.3 µg/m³，限值 25 µg/m³","en":"[watch] Winter-Olympic competition zone (Chongli): PM2.5 rolling 1 h mean above the plan''s target value, PM2.5 rolling 1 h mean 30.3 µg/m³, limit 25 µg/m³"},"name":{"zh":"PM2.5 小时滑动均值高于规划目标值","en":"PM2.5 rolling 1 h mean above the plan''s target value"},"site_name":{"zh":"冬奥赛区（崇礼）","en":"Winter-Olympic competition zone (Chongli)"},"source":"pm25-competition","detail":"","by":"","note":"","test":false}',1769882405000,1769882405000,1,1769882405000,'sent');
INSERT INTO "notification" VALUES(18,'f426b22adcb1/firing-exceeded-warning-1769883600000/mqtt','mqtt','','f426b22adcb1','quick','{"rule":"own-pm25","site":"quick","parameter":"pm25","severity":"warning","category":"exceedance","state":"firing","reason":"exceeded","since":"2026-02-01T02:00:00+08:00","time":"2026-02-01T02:20:00+08:00","value":97.1,"limit":75.0,"unit":"µg/m³","statistic":"reading","episode":"f426b22adcb1","historical":false,"message":"[warning] B: PM2.5 high, PM2.5 reading 97.1 µg/m³, limit 75 µg/m³","text":{"zh":"【警告】乙：PM2.5 高，细颗粒物读数 97.1 µg/m³，限值 75 µg/m³","en":"[warning] B: PM2.5 high, PM2.5 reading 97.1 µg/m³, limit 75 µg/m³"},"name":{"zh":"PM2.5 高","en":"PM2.5 high"},"site_name":{"zh":"乙","en":"B"},"source":"own-pm25","detail":"","by":"","note":"","test":false}',1769883605000,1769883605000,1,1769883605000,'sent');
INSERT INTO "notification" VALUES(19,'f426b22adcb1/firing-exceeded-warning-1769883600000/group/li','group','li','f426b22adcb1','quick','{"rule":"own-pm25","site":"quick","parameter":"pm25","severity":"warning","category":"exceedance","state":"firing","reason":"exceeded","since":"2026-02-01T02:00:00+08:00","time":"2026-02-01T02:20:00+08:00","value":97.1,"limit":75.0,"unit":"µg/m³","statistic":"reading","episode":"f426b22adcb1","historical":false,"message":"[warning] B: PM2.5 high, PM2.5 reading 97.1 µg/m³, limit 75 µg/m³","text":{"zh":"【警告】乙：PM2.5 高，细颗粒物读数 97.1 µg/m³，限值 75 µg/m³","en":"[warning] B: PM2.5 high, PM2.5 reading 97.1 µg/m³, limit 75 µg/m³"},"name":{"zh":"PM2.5 高","en":"PM2.5 high"},"site_name":{"zh":"乙","en":"B"},"source":"own-pm25","detail":"","by":"","note":"","test":false}',1769883605000,1769889727000,7,NULL,'HTTP 503');
INSERT INTO "notification" VALUES(20,'f426b22adcb1/escalation-1/wang-mail/wang','wang-mail','wang','f426b22adcb1','quick','{"rule":"own-pm25","site":"quick","parameter":"pm25","severity":"warning","category":"exceedance","state":"firing","reason":"escalated","since":"2026-02-01T02:00:00+08:00","time":"2026-02-01T02:20:00+08:00","value":97.1,"limit":75.0,"unit":"µg/m³","statistic":"reading","episode":"f426b22adcb1","historical":false,"message":"[warning] B: PM2.5 high, PM2.5 reading 97.1 µg/m³, limit 75 µg/m³","text":{"zh":"【警告】乙：PM2.5 高，细颗粒物读数 97.1 µg/m³，限值 75 µg/m³","en":"[warning] B: PM2.5 high, PM2.5 reading 97.1 µg/m³, limit 75 µg/m³"},"name":{"zh":"PM2.5 高","en":"PM2.5 high"},"site_name":{"zh":"乙","en":"B"},"source":"own-pm25","detail":"","by":"","note":"","test":false}',1769884805000,1769900400000,0,NULL,'');
CREATE TABLE "outgoing" (
        id INTEGER PRIMARY KEY AUTOINCREMENT,
        entries INTEGER NOT NULL,
        items INTEGER NOT NULL,
        body BLOB NOT NULL
    ) STRICT;
INSERT INTO "outgoing" VALUES(88,131,22,X'DC008396A172A36169729397A5717569636BA4706D3235A3727464D6FF697E5130CB4057533333333333A14ED6FF697E513590A576616C6964A36E6577A6726576697365A46D71747496A172A36169729397A5717569636BA4706D3130A3727464D6FF697E5130CB404AA66666666666A14ED6FF697E513590A576616C6964A36E6577A6726576697365A46D71747496A172A36169729397A5717569636BA26F33A3727464D6FF697E5130CB4054D33333333333A14ED6FF697E513590A576616C6964A36E6577A6726576697365A46D71747496A172A36169729397A5717569636BA3736F32A3727464D6FF697E5130CB408C200000000000A14ED6FF697E513591A473746570A773757370656374A36E6577A6726576697365A46D71747496A172A36169729397A5717569636BA36E6F32A3727464D6FF697E5130CB40274CCCCCCCCCCDA14ED6FF697E513590A576616C6964A36E6577A6726576697365A46D71747496A172A36169729397A5717569636BA2636FA3727464D6FF697E5130CB3FE3333333333333A14ED6FF697E513590A576616C6964A36E6577A6726576697365A46D7174749CA173A5717569636BA4706D3235A23168D6FF697E5130CB4057D33333333333CB4008000000000000CB4008000000000000C3C3C0C09CA173A5717569636BA4706D3235A23868D6FF697E5130CB4045726666666666CB4020000000000000CB4020000000000000C3C3C0C09CA173A5717569636BA4706D3235A3323468D6FF697E5130CB4044505B05B05B06CB4022000000000000CB4038000000000000C2C3CB4052C00000000000C09CA173A5717569636BA4706D3235A3646179D6FF697E2700CB4047FD27D27D27D2CB4008000000000000CB4038000000000000C2C2CB4052C00000000000C09CA173A5717569636BA4706D3130A23168D6FF697E5130CB404BA66666666666CB4008000000000000CB4008000000000000C3C3C0C09CA173A5717569636BA4706D3130A23868D6FF697E5130CB4053BA2222222222CB4020000000000000CB4020000000000000C3C3C0C09CA173A5717569636BA4706D3130A3323468D6FF697E5130CB4052FE573AC901E5CB4022000000000000CB4038000000000000C2C3CB4062C00000000000C09CA173A5717569636BA4706D3130A3646179D6FF697E2700CB404B527D27D27D28CB4008000000000000CB4038000000000000C2C2CB4062C00000000000C09CA173A5717569636BA26F33A23168D6FF697E5130CB4055533333333333CB4008000000000000CB4008000000000000C3C3CB4069000000000000C09CA173A5717569636BA26F33A23868D6FF697E5130CB4054611111111111CB4020000000000000CB4020000000000000C3C3CB4064000000000000C09CA173A5717569636BA26F33A3323468D6FF697E5130CB4054680F2B9D6481CB4022000000000000CB4038000000000000C2C3C0C09CA173A5717569636BA26F33A3646179D6FF697E2700CB4055293E93E93E94CB4008000000000000CB4038000000000000C2C2C0C09CA173A5717569636BA26F33A96F335F38685F6D6178D6FF697E2700C0CB0000000000000000CB4031000000000000C2C2CB4064000000000000C09CA173A5717569636BA3736F32A23868D6FF697E5130CB4020000000000000CB4020000000000000CB4020000000000000C3C3C0C09CA173A5717569636BA3736F32A3323468D6FF697E5130CB4020000000000000CB4022000000000000CB4038000000000000C2C3CB4062C00000000000C09CA173A5717569636BA3736F32A3646179D6FF697E2700CB4020000000000000CB4008000000000000CB4038000000000000C2C2CB4062C00000000000C09CA173A5717569636BA36E6F32A23168D6FF697E5130CB40294CCCCCCCCCCDCB4008000000000000CB4008000000000000C3C3CB4069000000000000C09CA173A5717569636BA36E6F32A23868D6FF697E5130CB4025844444444444CB4020000000000000CB4020000000000000C3C3C0C09CA173A5717569636BA36E6F32A3323468D6FF697E5130CB4025A03CAE759204CB4022000000000000CB4038000000000000C2C3CB4054000000000000C09CA173A5717569636BA36E6F32A3646179D6FF697E2700CB4028A4FA4FA4FA50CB4008000000000000CB4038000000000000C2C2CB4054000000000000C09CA173A5717569636BA2636FA23168D6FF697E5130CB3FE3333333333333CB4008000000000000CB4008000000000000C3C3CB4024000000000000C09CA173A5717569636BA2636FA23868D6FF697E5130CB3FE3333333333333CB4020000000000000CB4020000000000000C3C3C0C09CA173A5717569636BA2636FA3323468D6FF697E5130CB3FE3333333333333CB4022000000000000CB4038000000000000C2C3CB4010000000000000C09CA173A5717569636BA2636FA3646179D6FF697E2700CB3FE3333333333333CB4008000000000000CB4038000000000000C2C2CB4010000000000000C092A17094A361716982A473697465A5717569636BA9737461746973746963A2316884A3617169CB4044800000000000A56C6576656CCB3FF0000000000000A77072696D617279A0A87374616E64617264AB484A203633332D32303132D6FF697E513092A17094AA657863656564616E636584A473697465A5717569636BA9706172616D65746572A4706D3235A9737461746973746963A772656164696E67A472756C65A86F776E2D706D323582A576616C7565CB4057533333333333A56C696D6974CB4052C00000000000D6FF697E513096A172A36169729397A6686F75726C79A4706D3235A4686F7572D6FF697E5130CB40394CCCCCCCCCCDA14ED6FF697E513590A576616C6964A36E6577A6726576697365A46D71747496A172A36169729397A6686F75726C79A4706D3130A4686F7572D6FF697E5130CB404FA66666666666A14ED6FF697E513590A576616C6964A36E6577A6726576697365A46D71747496A172A36169729397A6686F75726C79A26F33A4686F7572D6FF697E5130CB4054D33333333333A14ED6FF697E513590A576616C6964A36E6577A6726576697365A46D71747496A172A36169729397A6686F75726C79A3736F32A4686F7572D6FF697E5130CB4020000000000000A14ED6FF697E513590A576616C6964A36E6577A6726576697365A46D71747496A172A36169729397A6686F75726C79A36E6F32A4686F7572D6FF697E5130CB40274CCCCCCCCCCDA14ED6FF697E513590A576616C6964A36E6577A6726576697365A46D71747496A172A36169729397A6686F75726C79A2636FA4686F7572D6FF697E5130CB3FE3333333333333A14ED6FF697E513590A576616C6964A36E6577A6726576697365A46D7174749CA173A6686F75726C79A4706D3235A23168D6FF697E5130CB40394CCCCCCCCCCDCB3FF0000000000000CB3FF0000000000000C3C3C0C09CA173A6686F75726C79A4706D3235A23868D6FF697E5130CB40371CCCCCCCCCCDCB4020000000000000CB4020000000000000C3C3C0C09CA173A6686F75726C79A4706D3235A3323468D6FF697E5130CB40378F5C28F5C28FCB4024000000000000CB4038000000000000C2C3CB4052C00000000000C09CA173A6686F75726C79A4706D3235A3646179D6FF697E2700CB403B800000000000CB4008000000000000CB4038000000000000C2C2CB4052C00000000000C09CA173A6686F75726C79A4706D3130A23168D6FF697E5130CB404FA66666666666CB3FF0000000000000CB3FF0000000000000C3C3C0C09CA173A6686F75726C79A4706D3130A23868D6FF697E5130CB404E8E6666666666CB4020000000000000CB4020000000000000C3C3C0C09CA173A6686F75726C79A4706D3130A3323468D6FF697E5130CB404EC7AE147AE148CB4024000000000000CB4038000000000000C2C3CB4062C00000000000C09CA173A6686F75726C79A4706D3130A3646179D6FF697E2700CB4050600000000000CB4008000000000000CB4038000000000000C2C2CB4062C00000000000C09CA173A6686F75726C79A26F33A23168D6FF697E5130CB4054D33333333333CB3FF0000000000000CB3FF0000000000000C3C3CB4069000000000000C09CA173A6686F75726C79A26F33A23868D6FF697E5130CB4054473333333333CB4020000000000000CB4020000000000000C3C3CB4064000000000000C09CA173A6686F75726C79A26F33A3323468D6FF697E5130CB405463D70A3D70A4CB4024000000000000CB4038000000000000C2C3C0C09CA173A6686F75726C79A26F33A3646179D6FF697E2700CB4055600000000000CB4008000000000000CB4038000000000000C2C2C0C09CA173A6686F75726C79A26F33A96F335F38685F6D6178D6FF697E2700C0CB0000000000000000CB4031000000000000C2C2CB4064000000000000C09CA173A6686F75726C79A3736F32A23168D6FF697E5130CB4020000000000000CB3FF0000000000000CB3FF0000000000000C3C3CB407F400000000000C09CA173A6686F75726C79A3736F32A23868D6FF697E5130CB4020000000000000CB4020000000000000CB4020000000000000C3C3C0C09CA173A6686F75726C79A3736F32A3323468D6FF697E5130CB4020000000000000CB4024000000000000CB4038000000000000C2C3CB4062C00000000000C09CA173A6686F75726C79A3736F32A3646179D6FF697E2700CB4020000000000000CB4008000000000000CB4038000000000000C2C2CB4062C00000000000C09CA173A6686F75726C79A36E6F32A23168D6FF697E5130CB40274CCCCCCCCCCDCB3FF0000000000000CB3FF0000000000000C3C3CB4069000000000000C09CA173A6686F75726C79A36E6F32A23868D6FF697E5130CB40251CCCCCCCCCCDCB4020000000000000CB4020000000000000C3C3C0C09CA173A6686F75726C79A36E6F32A3323468D6FF697E5130CB40258F5C28F5C28FCB4024000000000000CB4038000000000000C2C3CB4054000000000000C09CA173A6686F75726C79A36E6F32A3646179D6FF697E2700CB4029800000000000CB4008000000000000CB4038000000000000C2C2CB4054000000000000C09CA173A6686F75726C79A2636FA23168D6FF697E5130CB3FE3333333333333CB3FF0000000000000CB3FF0000000000000C3C3CB4024000000000000C09CA173A6686F75726C79A2636FA23868D6FF697E5130CB3FE3333333333333CB4020000000000000CB4020000000000000C3C3C0C09CA173A6686F75726C79A2636FA3323468D6FF697E5130CB3FE3333333333333CB4024000000000000CB4038000000000000C2C3CB4010000000000000C09CA173A6686F75726C79A2636FA3646179D6FF697E2700CB3FE3333333333333CB4008000000000000CB4038000000000000C2C2CB4010000000000000C09CA173AC7A6F6E652D71756172746572A4706D3235A23168D6FF697E5130CB404E888888888889CB4000000000000000CB4008000000000000C3C3C0C09CA173AC7A6F6E652D71756172746572A4706D3235A23868D6FF697E5130CB4040806666666666CB4020000000000000CB4020000000000000C3C3C0C09CA173AC7A6F6E652D71756172746572A4706D3235A3323468D6FF697E5130CB403F29999999999ACB4024000000000000CB4038000000000000C2C3CB4052C00000000000C09CA173AC7A6F6E652D71756172746572A4706D3235A3646179D6FF697E2700CB4042DE93E93E93E9CB4008000000000000CB4038000000000000C2C2CB4052C00000000000C09CA173AC7A6F6E652D71756172746572A4706D3130A23168D6FF697E5130CB404E088888888889CB4000000000000000CB4008000000000000C3C3C0C09CA173AC7A6F6E652D71756172746572A4706D3130A23868D6FF697E5130CB405180AAAAAAAAABCB4020000000000000CB4020000000000000C3C3C0C09CA173AC7A6F6E652D71756172746572A4706D3130A3323468D6FF697E5130CB4050FDF92C5F92C6CB4024000000000000CB4038000000000000C2C3CB4062C00000000000C09CA173AC7A6F6E652D71756172746572A4706D3130A3646179D6FF697E2700CB404E093E93E93E94CB4008000000000000CB4038000000000000C2C2CB4062C00000000000C09CA173AC7A6F6E652D71756172746572A26F33A23168D6FF697E5130CB4055444444444444CB4000000000000000CB4008000000000000C3C3CB4069000000000000C09CA173AC7A6F6E652D71756172746572A26F33A23868D6FF697E5130CB4054542222222222CB4020000000000000CB4020000000000000C3C3CB4064000000000000C09CA173AC7A6F6E652D71756172746572A26F33A3323468D6FF697E5130CB405460BF258BF259CB4024000000000000CB4038000000000000C2C3C0C09CA173AC7A6F6E652D71756172746572A26F33A3646179D6FF697E2700CB4055449F49F49F4ACB4008000000000000CB4038000000000000C2C2C0C09CA173AC7A6F6E652D71756172746572A26F33A96F335F38685F6D6178D6FF697E2700C0CB0000000000000000CB4031000000000000C2C2CB4064000000000000C09CA173AC7A6F6E652D71756172746572A3736F32A23168D6FF697E5130CB4020000000000000CB4000000000000000CB4008000000000000C3C3CB407F400000000000C09CA173AC7A6F6E652D71756172746572A3736F32A23868D6FF697E5130CB4020000000000000CB4020000000000000CB4020000000000000C3C3C0C09CA173AC7A6F6E652D71756172746572A3736F32A3323468D6FF697E5130CB4020000000000000CB4024000000000000CB4038000000000000C2C3CB4062C00000000000C09CA173AC7A6F6E652D71756172746572A3736F32A3646179D6FF697E2700CB4020000000000000CB4008000000000000CB4038000000000000C2C2CB4062C00000000000C09CA173AC7A6F6E652D71756172746572A36E6F32A23168D6FF697E5130CB4029111111111111CB4000000000000000CB4008000000000000C3C3CB4069000000000000C09CA173AC7A6F6E652D71756172746572A36E6F32A23868D6FF697E5130CB4025508888888889CB4020000000000000CB4020000000000000C3C3C0C09CA173AC7A6F6E652D71756172746572A36E6F32A3323468D6FF697E5130CB402582FC962FC963CB4024000000000000CB4038000000000000C2C3CB4054000000000000C09CA173AC7A6F6E652D71756172746572A36E6F32A3646179D6FF697E2700CB4029127D27D27D28CB4008000000000000CB4038000000000000C2C2CB4054000000000000C09CA173AC7A6F6E652D71756172746572A2636FA23168D6FF697E5130CB3FE3333333333333CB4000000000000000CB4008000000000000C3C3CB4024000000000000C09CA173AC7A6F6E652D71756172746572A2636FA23868D6FF697E5130CB3FE3333333333333CB4020000000000000CB4020000000000000C3C3C0C09CA173AC7A6F6E652D71756172746572A2636FA3323468D6FF697E5130CB3FE3333333333333CB4024000000000000CB4038000000000000C2C3CB4010000000000000C09CA173AC7A6F6E652D71756172746572A2636FA3646179D6FF697E2700CB3FE3333333333333CB4008000000000000CB4038000000000000C2C2CB4010000000000000C092A17094A361716982A473697465A6686F75726C79A9737461746973746963A2316884A3617169CB4044800000000000A56C6576656CCB3FF0000000000000A77072696D617279A0A87374616E64617264AB484A203633332D32303132D6FF697E513092A17094A361716982A473697465AC7A6F6E652D71756172746572A9737461746973746963A2316884A3617169CB4044800000000000A56C6576656CCB3FF0000000000000A77072696D617279A0A87374616E64617264AB484A203633332D32303132D6FF697E513096A172A36169729397A86465636C61726564A4706D3235A3727464D6FF697E5130CB403C4CCCCCCCCCCDA14ED6FF697E513590A576616C6964A36E6577A6726576697365A46D71747496A172A36169729397A86465636C61726564A26F33A3727464D6FF697E5130CB4052533333333333A14ED6FF697E513590A576616C6964A36E6577A6726576697365A46D7174749CA173A86465636C61726564A4706D3235A23168D6FF697E5130CB403C4CCCCCCCCCCDCB3FF0000000000000CB3FF0000000000000C3C3C0CB40390000000000009CA173A86465636C61726564A4706D3235A23868D6FF697E5130CB403B78AF8AF8AF8BCB401C000000000000CB4020000000000000C3C3C0CB40390000000000009CA173A86465636C61726564A4706D3235A3323468D6FF697E5130CB403B29999999999ACB4020000000000000CB4038000000000000C2C3CB4052C00000000000CB40390000000000009CA173A86465636C61726564A4706D3235A3646179D6FF697E2700CB403CAAAAAAAAAAABCB4008000000000000CB4038000000000000C2C2CB4052C00000000000CB40390000000000009CA173A86465636C61726564A26F33A23168D6FF697E5130CB4052533333333333CB3FF0000000000000CB3FF0000000000000C3C3CB4069000000000000C09CA173A86465636C61726564A26F33A23868D6FF697E5130CB4051E26666666666CB4020000000000000CB4020000000000000C3C3CB4064000000000000C09CA173A86465636C61726564A26F33A3323468D6FF697E5130CB4051D77777777777CB4022000000000000CB4038000000000000C2C3C0C09CA173A86465636C61726564A26F33A3646179D6FF697E2700CB40526AAAAAAAAAABCB4008000000000000CB4038000000000000C2C2C0C09CA173A86465636C61726564A26F33A96F335F38685F6D6178D6FF697E2700C0CB0000000000000000CB4031000000000000C2C2CB4064000000000000C09CA173B07A6F6E652D636F6D7065746974696F6EA4706D3235A23168D6FF697E5130CB4040733333333333CB3FF0000000000000CB4014000000000000C3C3C0CB40390000000000009CA173B07A6F6E652D636F6D7065746974696F6EA4706D3235A23868D6FF697E5130CB403B78AF8AF8AF8BCB401C000000000000CB4020000000000000C3C3C0CB40390000000000009CA173B07A6F6E652D636F6D7065746974696F6EA4706D3235A3323468D6FF697E5130CB403B29999999999ACB4020000000000000CB4038000000000000C2C3CB4052C00000000000CB40390000000000009CA173B07A6F6E652D636F6D7065746974696F6EA4706D3235A3646179D6FF697E2700CB403CAAAAAAAAAAABCB4008000000000000CB4038000000000000C2C2CB4052C00000000000CB40390000000000009CA173B07A6F6E652D636F6D7065746974696F6EA26F33A23168D6FF697E5130CB405379999999999ACB3FF0000000000000CB4014000000000000C3C3CB4069000000000000C09CA173B07A6F6E652D636F6D7065746974696F6EA26F33A23868D6FF697E5130CB4051E26666666666CB4020000000000000CB4020000000000000C3C3CB4064000000000000C09CA173B07A6F6E652D636F6D7065746974696F6EA26F33A3323468D6FF697E5130CB4051D77777777777CB4022000000000000CB4038000000000000C2C3C0C09CA173B07A6F6E652D636F6D7065746974696F6EA26F33A3646179D6FF697E2700CB40526AAAAAAAAAABCB4008000000000000CB4038000000000000C2C2C0C09CA173B07A6F6E652D636F6D7065746974696F6EA26F33A96F335F38685F6D6178D6FF697E2700C0CB0000000000000000CB4031000000000000C2C2CB4064000000000000C092A17094A361716982A473697465A86465636C61726564A9737461746973746963A2316884A3617169CB4042000000000000A56C6576656CCB3FF0000000000000A77072696D617279A0A87374616E64617264AB484A203633332D32303132D6FF697E513092A17094A361716982A473697465B07A6F6E652D636F6D7065746974696F6EA9737461746973746963A2316884A3617169CB4042000000000000A56C6576656CCB3FF0000000000000A77072696D617279A0A87374616E64617264AB484A203633332D32303132D6FF697E513092A17094AA657863656564616E636584A473697465A86465636C61726564A9706172616D65746572A4706D3235A9737461746973746963A772656164696E67A472756C65AC706D32352D72656164696E6782A576616C7565CB403C4CCCCCCCCCCDA56C696D6974CB4039000000000000D6FF697E513092A17094AA657863656564616E636584A473697465A86465636C61726564A9706172616D65746572A4706D3235A9737461746973746963A23168A472756C65A7706D32352D316882A576616C7565CB403C4CCCCCCCCCCDA56C696D6974CB4039000000000000D6FF697E513092A17094AA657863656564616E636584A473697465B07A6F6E652D636F6D7065746974696F6EA9706172616D65746572A4706D3235A9737461746973746963A23168A472756C65A7706D32352D316882A576616C7565CB4040733333333333A56C696D6974CB4039000000000000D6FF697E513096A172A36169729397A5717569636BA4706D3235A3727464D6FF697E3588CB4040800000000000A14ED6FF697E543C90A576616C6964A36E6577A6726576697365A46D71747492A17094A87265766973696F6E83A473697465A86465636C61726564A9706172616D65746572A4706D3235A46B696E64A372746484A26F66BD323032362D30312D33315431363A30303A30302E3030302B30303A3030A6666F726D6572CB4036CCCCCCCCCCCDA576616C7565CB4046000000000000A6736F75726365A46D717474D6FF697E543C96A172A36169729397A86465636C61726564A4706D3235A3727464D6FF697E2700CB4046000000000000A14ED6FF697E543C90A576616C6964A772657669736564A6726576697365A46D71747496A172A36169729397A5717569636BA4706D3235A3727464D6FF697E55E0CB4056ACCCCCCCCCCDA14ED6FF697E55E590A576616C6964A36E6577A6726576697365A46D71747496A172A36169729397A5717569636BA4706D3130A3727464D6FF697E55E0CB404959999999999AA14ED6FF697E55E590A576616C6964A36E6577A6726576697365A46D71747496A172A36169729397A5717569636BA26F33A3727464D6FF697E55E0CB40542CCCCCCCCCCDA14ED6FF697E55E590A576616C6964A36E6577A6726576697365A46D71747496A172A36169729397A5717569636BA3736F32A3727464D6FF697E5130CB408C200000000000A14ED6FF697E513592A473746570A57370696B65A773757370656374A7616D656E646564A6726576697365A46D71747496A172A36169729397A5717569636BA3736F32A3727464D6FF697E55E0CB4020000000000000A14ED6FF697E55E590A576616C6964A36E6577A6726576697365A46D71747496A172A36169729397A5717569636BA36E6F32A3727464D6FF697E55E0CB4024B33333333333A14ED6FF697E55E590A576616C6964A36E6577A6726576697365A46D71747496A172A36169729397A5717569636BA2636FA3727464D6FF697E55E0CB4044000000000000A14ED6FF697E55E591A473746570A773757370656374A36E6577A6726576697365A46D7174749CA173A5717569636BA4706D3235A23168D6FF697E55E0CB40574AAAAAAAAAABCB4008000000000000CB4008000000000000C3C3C0C09CA173A5717569636BA4706D3130A23168D6FF697E55E0CB404A955555555555CB4008000000000000CB4008000000000000C3C3C0C09CA173A5717569636BA26F33A23168D6FF697E55E0CB4054CAAAAAAAAAABCB4008000000000000CB4008000000000000C3C3CB4069000000000000C09CA173A5717569636BA3736F32A23168D6FF697E55E0CB4020000000000000CB4000000000000000CB4008000000000000C2C3CB407F400000000000C09CA173A5717569636BA36E6F32A23168D6FF697E55E0CB40272AAAAAAAAAABCB4008000000000000CB4008000000000000C3C3CB4069000000000000C092A17094AA657863656564616E636584A473697465A5717569636BA9706172616D65746572A4706D3235A9737461746973746963A772656164696E67A472756C65A86F776E2D706D323582A576616C7565CB4056ACCCCCCCCCCDA56C696D6974CB4052C00000000000D6FF697E55E0');
INSERT INTO "outgoing" VALUES(89,13,6,X'9D96A172A36169729397A5717569636BA4706D3235A3727464D6FF697E5A90CB4056066666666666A14ED6FF697E5A9590A576616C6964A36E6577A6726576697365A46D71747496A172A36169729397A5717569636BA4706D3130A3727464D6FF697E5A90CB40480CCCCCCCCCCDA14ED6FF697E5A9590A576616C6964A36E6577A6726576697365A46D71747496A172A36169729397A5717569636BA26F33A3727464D6FF697E5A90CB4053866666666666A14ED6FF697E5A9590A576616C6964A36E6577A6726576697365A46D71747496A172A36169729397A5717569636BA3736F32A3727464D6FF697E5A90CB4020000000000000A14ED6FF697E5A9590A576616C6964A36E6577A6726576697365A46D71747496A172A36169729397A5717569636BA36E6F32A3727464D6FF697E5A90CB402219999999999AA14ED6FF697E5A9590A576616C6964A36E6577A6726576697365A46D71747496A172A36169729397A5717569636BA2636FA3727464D6FF697E55E0CB4044000000000000A14ED6FF697E55E592A473746570A57370696B65A773757370656374A5616D656E64A6726576697365A46D71747496A172A36169729397A5717569636BA2636FA3727464D6FF697E5A90CB3FE3333333333333A14ED6FF697E5A9590A576616C6964A36E6577A6726576697365A46D7174749CA173A5717569636BA4706D3235A23168D6FF697E5A90CB4056ACCCCCCCCCCD0303C3C3C0C09CA173A5717569636BA4706D3130A23168D6FF697E5A90CB404959999999999A0303C3C3C0C09CA173A5717569636BA26F33A23168D6FF697E5A90CB40542CCCCCCCCCCD0303C3C3CB4069000000000000C09CA173A5717569636BA3736F32A23168D6FF697E5A90CB40200000000000000203C2C3CB407F400000000000C09CA173A5717569636BA36E6F32A23168D6FF697E5A90CB4024B333333333330303C3C3CB4069000000000000C09CA173A5717569636BA2636FA23168D6FF697E5A90CB3FE33333333333330203C2C3CB4024000000000000C0');
INSERT INTO "outgoing" VALUES(90,1,0,X'9192A17094AA657863656564616E636584A473697465A5717569636BA9706172616D65746572A4706D3235A9737461746973746963A772656164696E67A472756C65A86F776E2D706D323582A576616C7565CB4056066666666666A56C696D6974CB4052C00000000000D6FF697E5A90');
INSERT INTO "outgoing" VALUES(91,1,1,X'9196A172A36169729397A5717569636BA4706D3235A3727464D6FF697E3C90CB4040800000000000A14ED6FF697E5B4490A576616C6964A46C617465A6726576697365A46D717474');
INSERT INTO "outgoing" VALUES(92,1,1,X'9196A172A36169729397A86465636C61726564A4706D3235A3727464D6FF697E2700CB4046000000000000A14ED6FF697E5B4490A576616C6964A46C617465A6726576697365A46D717474');
INSERT INTO "outgoing" VALUES(93,1,1,X'9196A172A36169729397A6686F75726C79A3736F32A4686F7572D6FF697E2700CB4020000000000000A14ED6FF697E5B4490A576616C6964A46C617465A6726576697365A46D717474');
INSERT INTO "outgoing" VALUES(94,2,1,X'9296A172A36169729397A6686F75726C79A36E6F32A4686F7572D6FF697E5837CB4027000000000000A14ED6FF697E5F3F90A576616C6964A6766572696679A6726576697365A46D7174749CA173A6686F75726C79A36E6F32A23168D6FF697E5837CB40270000000000000101C3C3CB4069000000000000C0');
INSERT INTO "outgoing" VALUES(95,1,0,X'9192A17094A46D61726B82A473697465A6686F75726C79A9706172616D65746572A4706D323585A466726F6DB9323032362D30322D30315430323A30303A30302B30383A3030A2746FB9323032362D30322D30315430333A30303A30302B30383A3030A26173AB6D61696E74656E616E6365A6726561736F6EA6E6BBA4E8869CA26279A3E78E8BD6FF697E5F40');
CREATE TABLE quarantine_bytes (site TEXT PRIMARY KEY, bytes INTEGER NOT NULL) STRICT, WITHOUT ROWID;
INSERT INTO "quarantine_bytes" VALUES('',5855);
INSERT INTO "quarantine_bytes" VALUES('hourly',491);
INSERT INTO "quarantine_bytes" VALUES('nobody',460);
INSERT INTO "quarantine_bytes" VALUES('quick',4904);
CREATE TABLE recompute (
        site TEXT NOT NULL,
        day TEXT NOT NULL,                  -- YYYY-MM-DD, Asia/Shanghai
        cause TEXT NOT NULL, asked INTEGER NOT NULL DEFAULT 1,                -- late | revision | import | mark | command | new_journal
        PRIMARY KEY (site, day, cause)
    ) STRICT, WITHOUT ROWID;
INSERT INTO "recompute" VALUES('declared','2026-02-01','revision',1);
INSERT INTO "recompute" VALUES('hourly','2026-02-01','mark',1);
INSERT INTO "recompute" VALUES('quick','2026-02-01','late',1);
CREATE TABLE refusal (
        id INTEGER PRIMARY KEY,
        message INTEGER NOT NULL REFERENCES refused_message (id),
        reason TEXT NOT NULL,
        detail TEXT NOT NULL,
        position TEXT NOT NULL
    ) STRICT;
INSERT INTO "refusal" VALUES(1,1,'not_json','Expecting value (character 8)','');
INSERT INTO "refusal" VALUES(2,2,'unknown_site','no site of the catalogue has the topic ''liangqu/air/nobody''','');
INSERT INTO "refusal" VALUES(3,3,'oversize','300000 bytes, 2048 are taken','');
INSERT INTO "refusal" VALUES(4,4,'unknown_parameter','''pm1'' is no parameter id or HJ code','values.pm1');
CREATE TABLE refused_message (
        id INTEGER PRIMARY KEY,
        topic TEXT NOT NULL,
        site TEXT NOT NULL,                 -- the topic's last level, known or not
        payload BLOB NOT NULL,
        cut INTEGER NOT NULL,               -- 1: only the head was kept
        length INTEGER NOT NULL,
        sha256 TEXT,
        received INTEGER NOT NULL
    ) STRICT;
INSERT INTO "refused_message" VALUES(1,'liangqu/air/quick','quick',X'7B2274696D65223A',0,8,NULL,1769875320000);
INSERT INTO "refused_message" VALUES(2,'liangqu/air/nobody','nobody',X'7B2274696D65223A2022323032362D30322D30315430303A30303A30302B30383A3030222C202276616C756573223A207B22706D3235223A20317D7D',0,60,NULL,1769875320000);
INSERT INTO "refused_message" VALUES(3,'liangqu/air/quick','quick',X'78787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878',1,300000,'29927e273accc68286005017f7fa6e4f27bddb4db3083ff8b8d4c3667905b7fa',1769875320000);
INSERT INTO "refused_message" VALUES(4,'liangqu/air/hourly','hourly',X'7B2274696D65223A2022323032362D30322D30315430303A30323A30302B30383A3030222C202276616C756573223A207B22706D31223A20332E302C20227261646F6E223A20392E307D2C20226B696E64223A2022686F7572227D',0,91,NULL,1769875325000);
CREATE TABLE request (
        id INTEGER PRIMARY KEY,
        what TEXT NOT NULL,
        body TEXT NOT NULL,                 -- JSON
        made INTEGER NOT NULL
    ) STRICT;
INSERT INTO "request" VALUES(1,'ack','{"episode":"f426b22adcb1","by":"王","note":"on my way"}',1769889600000);
INSERT INTO "request" VALUES(2,'silence','{"id":0,"site":"lower","rule":null,"parameter":null,"until":"2026-02-01T13:00:00+08:00","reason":"calm","by":"li"}',1769889600000);
INSERT INTO "request" VALUES(3,'mark','{"site":"hourly","parameter":"pm25","start":"2026-02-01T02:00:00+08:00","end":"2026-02-01T03:00:00+08:00","what":"maintenance","reason":"滤膜","by":"王","made":"2026-02-01T04:00:00+08:00"}',1769889600000);
CREATE TABLE sample (site TEXT PRIMARY KEY, body BLOB NOT NULL) STRICT, WITHOUT ROWID;
INSERT INTO "sample" VALUES('lower',X'83CF0000019C137EC10084A27068CB401CCCCCCCCCCCCDA2646FCB4020333333333333A46E68336ECB3FF4CCCCCCCCCCCDA5636F646D6ECB4008000000000000CF0000019C145A7B0084A27068CB401CCCCCCCCCCCCDA2646FCB4020333333333333A46E68336ECB3FF4CCCCCCCCCCCDA5636F646D6ECB4008000000000000CF0000019C1536350084A27068CB401CCCCCCCCCCCCDA2646FCB4020333333333333A46E68336ECB3FF4CCCCCCCCCCCDA5636F646D6ECB4008000000000000');
INSERT INTO "sample" VALUES('upper',X'83CF0000019C137EC10084A27068CB401CCCCCCCCCCCCDA2646FCB4020333333333333A46E68336ECB3FD999999999999AA5636F646D6ECB4008000000000000CF0000019C145A7B0084A27068CB401CCCCCCCCCCCCDA2646FCB4020333333333333A46E68336ECB3FD999999999999AA5636F646D6ECB4008000000000000CF0000019C1536350084A27068CB401CCCCCCCCCCCCDA2646FCB4020333333333333A46E68336ECB3FD999999999999AA5636F646D6ECB4008000000000000');
CREATE TABLE series (
        id INTEGER PRIMARY KEY,
        site TEXT NOT NULL,
        parameter TEXT NOT NULL,
        kind TEXT NOT NULL,
        last INTEGER NOT NULL,
        checks BLOB NOT NULL,
        UNIQUE (site, parameter, kind)
    ) STRICT;
INSERT INTO "series" VALUES(1,'quick','pm25','rtd',1769888400000,X'9394D6FF697E55E0CB4056ACCCCCCCCCCDD6FF697E55E59094D6FF697E5A90CB4056066666666666D6FF697E5A959096CB4056066666666666D6FF697E5A901D1D9090');
INSERT INTO "series" VALUES(2,'quick','pm10','rtd',1769888400000,X'9394D6FF697E55E0CB404959999999999AD6FF697E55E59094D6FF697E5A90CB40480CCCCCCCCCCDD6FF697E5A959096CB40480CCCCCCCCCCDD6FF697E5A901D1D9090');
INSERT INTO "series" VALUES(3,'quick','o3','rtd',1769888400000,X'9394D6FF697E55E0CB40542CCCCCCCCCCDD6FF697E55E59094D6FF697E5A90CB4053866666666666D6FF697E5A959096CB4053866666666666D6FF697E5A901D1D9090');
INSERT INTO "series" VALUES(4,'quick','so2','rtd',1769888400000,X'9394D6FF697E55E0CB4020000000000000D6FF697E55E59094D6FF697E5A90CB4020000000000000D6FF697E5A959096CB4020000000000000D6FF697E55E01C1D9090');
INSERT INTO "series" VALUES(5,'quick','no2','rtd',1769888400000,X'9394D6FF697E55E0CB4024B33333333333D6FF697E55E59094D6FF697E5A90CB402219999999999AD6FF697E5A959096CB402219999999999AD6FF697E5A901D1D9090');
INSERT INTO "series" VALUES(6,'quick','co','rtd',1769888400000,X'9394D6FF697E5130CB3FE3333333333333D6FF697E51359094D6FF697E5A90CB3FE3333333333333D6FF697E5A959096CB3FE3333333333333D6FF697E5A901D1D9090');
INSERT INTO "series" VALUES(7,'hourly','pm25','hour',1769886000000,X'9394D6FF697E4320CB403DE66666666666D6FF697E43259094D6FF697E5130CB40394CCCCCCCCCCDD6FF697E51359096CB40394CCCCCCCCCCDD6FF697E513009099090');
INSERT INTO "series" VALUES(8,'hourly','pm10','hour',1769886000000,X'9394D6FF697E4320CB4050F9999999999AD6FF697E43259094D6FF697E5130CB404FA66666666666D6FF697E51359096CB404FA66666666666D6FF697E513009099090');
INSERT INTO "series" VALUES(9,'hourly','o3','hour',1769886000000,X'9394D6FF697E4320CB4055F9999999999AD6FF697E43259094D6FF697E5130CB4054D33333333333D6FF697E51359096CB4054D33333333333D6FF697E513009099090');
INSERT INTO "series" VALUES(10,'hourly','so2','hour',1769886000000,X'9394D6FF697E4320CB4020000000000000D6FF697E43259094D6FF697E5130CB4020000000000000D6FF697E51359096CB4020000000000000D6FF697DD2A000099090');
INSERT INTO "series" VALUES(11,'hourly','no2','hour',1769887799000,X'9394D6FF697E5130CB40274CCCCCCCCCCDD6FF697E51359094D6FF697E5837CB4027000000000000D6FF697E5F3F9096CB4027000000000000D6FF697E58370A0A9090');
INSERT INTO "series" VALUES(12,'hourly','co','hour',1769886000000,X'9394D6FF697E4320CB3FE3333333333333D6FF697E43259094D6FF697E5130CB3FE3333333333333D6FF697E51359096CB3FE3333333333333D6FF697DD2A000099090');
INSERT INTO "series" VALUES(13,'declared','pm25','rtd',1769886000000,X'9394D6FF697E4320CB4040733333333333D6FF697E43259094D6FF697E5130CB403C4CCCCCCCCCCDD6FF697E51359096CB403C4CCCCCCCCCCDD6FF697E513009099090');
INSERT INTO "series" VALUES(14,'declared','o3','rtd',1769886000000,X'9394D6FF697E4320CB405379999999999AD6FF697E43259094D6FF697E5130CB4052533333333333D6FF697E51359096CB4052533333333333D6FF697E513009099090');
INSERT INTO "series" VALUES(15,'upper','ph','rtd',1769882400000,X'9394D6FF697E0AE0CB401CCCCCCCCCCCCDD6FF697E0AE59094D6FF697E4320CB401CCCCCCCCCCCCDD6FF697E43259096CB401CCCCCCCCCCCCDD6FF697DD2A000029090');
INSERT INTO "series" VALUES(16,'upper','do','rtd',1769882400000,X'9394D6FF697E0AE0CB4020333333333333D6FF697E0AE59094D6FF697E4320CB4020333333333333D6FF697E43259096CB4020333333333333D6FF697DD2A000029090');
INSERT INTO "series" VALUES(17,'upper','nh3n','rtd',1769882400000,X'9394D6FF697E0AE0CB3FD999999999999AD6FF697E0AE59094D6FF697E4320CB3FD999999999999AD6FF697E43259096CB3FD999999999999AD6FF697DD2A000029090');
INSERT INTO "series" VALUES(18,'upper','codmn','rtd',1769882400000,X'9394D6FF697E0AE0CB4008000000000000D6FF697E0AE59094D6FF697E4320CB4008000000000000D6FF697E43259096CB4008000000000000D6FF697DD2A000029090');
INSERT INTO "series" VALUES(19,'lower','ph','rtd',1769882400000,X'9394D6FF697E0AE0CB401CCCCCCCCCCCCDD6FF697E0AE59094D6FF697E4320CB401CCCCCCCCCCCCDD6FF697E43259096CB401CCCCCCCCCCCCDD6FF697DD2A000029090');
INSERT INTO "series" VALUES(20,'lower','do','rtd',1769882400000,X'9394D6FF697E0AE0CB4020333333333333D6FF697E0AE59094D6FF697E4320CB4020333333333333D6FF697E43259096CB4020333333333333D6FF697DD2A000029090');
INSERT INTO "series" VALUES(21,'lower','nh3n','rtd',1769882400000,X'9394D6FF697E0AE0CB3FF4CCCCCCCCCCCDD6FF697E0AE59094D6FF697E4320CB3FF4CCCCCCCCCCCDD6FF697E43259096CB3FF4CCCCCCCCCCCDD6FF697DD2A000029090');
INSERT INTO "series" VALUES(22,'lower','codmn','rtd',1769882400000,X'9394D6FF697E0AE0CB4008000000000000D6FF697E0AE59094D6FF697E4320CB4008000000000000D6FF697E43259096CB4008000000000000D6FF697DD2A000029090');
CREATE TABLE silence (
        id INTEGER PRIMARY KEY,
        site TEXT NOT NULL,
        rule TEXT,                          -- NULL = every one
        parameter TEXT,
        until INTEGER NOT NULL,
        reason TEXT NOT NULL,
        by TEXT NOT NULL,
        made INTEGER NOT NULL
    ) STRICT;
INSERT INTO "silence" VALUES(1,'hourly',NULL,NULL,1769961600000,'calm','li',1769853605000);
CREATE INDEX refused_message_site ON refused_message (site);
CREATE INDEX refusal_message ON refusal (message);
CREATE INDEX refusal_reason ON refusal (reason);
CREATE UNIQUE INDEX episode_open ON episode (rule, site, parameter) WHERE ended IS NULL;
CREATE INDEX episode_begun ON episode (begun);
CREATE INDEX notification_due ON notification (channel, due) WHERE sent IS NULL;
CREATE INDEX notification_episode ON notification (episode);
DELETE FROM "sqlite_sequence";
INSERT INTO "sqlite_sequence" VALUES('outgoing',95);
COMMIT;
PRAGMA user_version = 7;
PRAGMA application_id = 0;
