SET NAMES utf8mb4;
INSERT INTO item VALUES (1, 'tea 茶', 12.50), (2, 'rice 米', 3.20), (3, 'lamp 灯', 48.00);
