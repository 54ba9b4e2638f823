CREATE TABLE part (name TEXT PRIMARY KEY, pieces INT NOT NULL);
INSERT INTO part VALUES ('screw', 400), ('wheel 轮', 4);
